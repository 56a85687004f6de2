/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The format of recordings: files written by lfctl record and read by lfgen.
 *
 *	inputs as raw features		named as the snapshot names them
 *	outputs as raw integers		"y." and the output's name
 *	reward terms, if any		"r." and the feature's name
 *	columns of LQ_RECORD_CSV	of LQ_RECORD_NPY in .npy, which has no names
 *
 * If a CSV file ends with these column names, it is a recording, and its inputs are raw.
 */
#ifndef LQ_RECORD_H
#define LQ_RECORD_H

#define LQ_RECORD_CSV	"class", "generation", "attach", "reason", "packets", "flow", "time_ns"
#define LQ_RECORD_NPY	"class", "generation", "attach", "reason", "packets", "flow_lo", \
			"flow_hi", "time_lo", "time_hi"

#define LQ_RECORD_N_CSV	7
#define LQ_RECORD_N_NPY	9

#endif /* LQ_RECORD_H */

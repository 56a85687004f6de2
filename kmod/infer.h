/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LF_INFER_H
#define LF_INFER_H

int lf_infer_init(void);

#endif /* LF_INFER_H */

# SPDX-License-Identifier: GPL-2.0
# Snapshots of the models that we ship, and of Aurora's published network where
# ../shared/data/aurora is there.

MODELS_DIR := $(BUILD)/models
# RUN starts programs of another machine (make CROSS_COMPILE=...):
# RUN="qemu-aarch64-static -L SYSROOT".
LFGEN = $(RUN) $(BUILD)/bin/lfgen
MODELS_FEATURES = $(shell head -1 models/appclass/calib.csv)
MODELS_OBSERVED = $(shell cat models/appclass/observer.features)
MODELS_CLASSES := interactive,request,bulk,media,lookup,other

MODELS := $(MODELS_DIR)/appclass-forest.lfs $(MODELS_DIR)/appclass-net.lfs \
	$(MODELS_DIR)/observer.lfs

$(MODELS_DIR)/appclass-forest.lfs: models/appclass/forest.onnx models/appclass/calib.csv \
		$(BUILD)/bin/lfgen
	$(begin)
	$(LFGEN) build $< --calib models/appclass/calib.csv \
		--features $(MODELS_FEATURES) --name appclass-forest -o $@

$(MODELS_DIR)/appclass-net.lfs: models/appclass/net.onnx models/appclass/calib.csv \
		$(BUILD)/bin/lfgen
	$(begin)
	$(LFGEN) build $< --calib models/appclass/calib.csv --features $(MODELS_FEATURES) \
		--calibration minmax --margin 1.25 --classes $(MODELS_CLASSES) --name appclass-net \
		-o $@

$(MODELS_DIR)/observer.lfs: models/appclass/observer.onnx models/appclass/observer.features \
		$(BUILD)/bin/lfgen
	$(begin)
	$(LFGEN) build $< --features $(MODELS_OBSERVED) --name observer -o $@

# Numbers of earlier flows that no training had, of the calibration rows: the forest takes them as
# usual; a net's step would be too coarse for small numbers.
FLOWSIZE_FEATURES = $(shell head -1 models/flowsize/calib.csv)
MODELS += $(MODELS_DIR)/flowsize-forest.lfs $(MODELS_DIR)/flowsize-net.lfs

$(MODELS_DIR)/flowsize-net.csv: models/flowsize/calib.csv
	$(begin)
	awk -F, 'NR == 1 || $$1 < 512' $< >$@

$(MODELS_DIR)/flowsize-forest.lfs: models/flowsize/calib.csv
$(MODELS_DIR)/flowsize-net.lfs: $(MODELS_DIR)/flowsize-net.csv

$(MODELS_DIR)/flowsize-%.lfs: models/flowsize/%.onnx $(BUILD)/bin/lfgen
	$(begin)
	$(LFGEN) build $< --calib $(filter %.csv,$^) --features $(FLOWSIZE_FEATURES) \
		--unit "log2 bytes" --name flowsize-$* -o $@

# Policies of congestion control (tcp_cc). The rows span what the policies were trained on, so
# they need no margin.
POLICIES := $(patsubst models/%/model.onnx,$(MODELS_DIR)/%.lfs,\
	$(wildcard models/aurora/model.onnx models/mocc/model.onnx))
MODELS += $(POLICIES)

$(POLICIES): $(MODELS_DIR)/%.lfs: models/%/model.onnx models/%/calib.csv $(BUILD)/bin/lfgen
	$(begin)
	$(LFGEN) build $< --calib models/$*/calib.csv --features $$(head -1 models/$*/calib.csv) \
		--name $* \
		--calibration minmax --margin 1 -o $@

models: $(MODELS)
.PHONY: models

# Aurora's thirty inputs: latency inflation, latency ratio, send ratio of ten intervals, the oldest
# first.
AURORA_DATA ?= $(or $(LITEFLOW_SHARED),../shared)/data/aurora
AURORA_FEATURES := $(shell for k in 0 1 2 3 4 5 6 7 8 9; do \
	printf 'cc.latency_inflation.%d,cc.latency_ratio.%d,cc.send_ratio.%d,' $$k $$k $$k; \
	done | sed 's/,$$//')
AURORA := $(if $(wildcard $(AURORA_DATA)/aurora_float.onnx),\
	$(addprefix $(MODELS_DIR)/aurora-,1.lfs 2.lfs 3.lfs))

aurora: $(AURORA)
.PHONY: aurora

$(MODELS_DIR)/aurora-1.lfs: AURORA_MODEL = aurora_float.onnx
$(MODELS_DIR)/aurora-2.lfs: AURORA_MODEL = aurora_int_quan_model.tflite
$(MODELS_DIR)/aurora-3.lfs: AURORA_MODEL = aurora_float.onnx --margin 2
$(AURORA): $(MODELS_DIR)/aurora-%.lfs: $(BUILD)/bin/lfgen
	$(begin)
	$(LFGEN) build $(AURORA_DATA)/$(AURORA_MODEL) \
		--calib $(AURORA_DATA)/representative_dataset.npy \
		--features $(AURORA_FEATURES) --name aurora-$* -o $@

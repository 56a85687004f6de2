# SPDX-License-Identifier: GPL-2.0
# Programs of the laboratory that Debian does not have.

TOOLS += $(BUILD)/lab/rtpstat

$(BUILD)/lab/rtpstat: tests/lab/rtpstat.c
	$(begin)
	$(CC) $(CFLAGS) -Wall -Wextra -std=gnu11 -o $@ $< -lm

# GStreamer's list of plugins, for the demo's emulated machine: to load all of them there takes
# longer than a call waits.
gstreamer := $(wildcard /usr/lib/*/gstreamer-1.0)
.PHONY: lab
lab: $(if $(gstreamer),$(BUILD)/lab/gstreamer)
$(BUILD)/lab/gstreamer: $(gstreamer)
	$(begin)
	GST_REGISTRY=$@.new gst-inspect-1.0 >/dev/null 2>&1
	mv $@.new $@

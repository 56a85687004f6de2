// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lq/lq.h>

#include "lfctl.h"

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && !strcasecmp(path + n - m, end);
}

/* Recognises a model that has not been through lfgen build yet. */
static int not_ours(const char *path)
{
	if (ends_in(path, ".onnx") || ends_in(path, ".tflite"))
		return lfctl_fail("%s: a model, not a snapshot: `lfgen build` makes a snapshot of "
				  "it",
				  path);
	return lfctl_fail("%s: not a snapshot file (`lfgen build` makes one of an ONNX or TFLite "
			  "model)",
			  path);
}

static bool is_ours(const struct file *file)
{
	return file->len >= strlen(LQ_MAGIC) && !memcmp(file->data, LQ_MAGIC, strlen(LQ_MAGIC));
}

static int slurp(int fd, struct file *file, const char *path)
{
	ssize_t n;

	while ((n = read(fd, file->data + file->len, LQ_MAX_FILE + 1 - file->len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lfctl_fail("%s: %m", path);
		file->len += n;
	}
	if (file->len && !is_ours(file))
		return not_ours(path);
	if (file->len > LQ_MAX_FILE)
		return lfctl_fail("%s: a snapshot has at most %u bytes", path, LQ_MAX_FILE);
	return 0;
}

/* A file of a newer format is left to the kernel, which may be newer than this tool. */
int file_check(struct file *file, const char *path)
{
	struct lq_info info;
	struct lq_err err = { "" };
	int ret = lq_validate(file->data, file->len, &info, &err);

	if (ret && (ret != -EPROTONOSUPPORT || file->len < LQ_HEADER_LEN))
		return lfctl_fail("%s: %s", path, *err.msg ? err.msg : strerror(-ret));
	memcpy(file->hash, file->data + offsetof(struct lq_header, hash), sizeof(file->hash));
	memcpy(file->name, file->data + offsetof(struct lq_header, name), sizeof(file->name) - 1);
	return 0;
}

int file_read(struct file *file, const char *path)
{
	struct stat st;
	int fd, status;

	memset(file, 0, sizeof(*file));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lfctl_fail("%s: %m", path);
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		close(fd);
		return lfctl_fail("%s: %s", path, strerror(EISDIR));
	}
	file->data = malloc(LQ_MAX_FILE + 1);
	status = file->data ? slurp(fd, file, path) : lfctl_fail("out of memory");
	close(fd);
	if (!status)
		status = file_check(file, path);
	if (status)
		file_free(file);
	return status;
}

void file_free(struct file *file)
{
	free(file->data);
	memset(file, 0, sizeof(*file));
}

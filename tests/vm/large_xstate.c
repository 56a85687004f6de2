// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into a User Mode Linux kernel: makes the host's register state look MORE bytes larger
 * than it is, as on a processor with state that we do not have here (AMX). What the host does is in
 * ptrace_regset() of kernel/ptrace.c and xstateregs_set() of arch/x86/kernel/fpu/regset.c: reading
 * gives as much as there is room for, writing takes the whole state or fails with EFAULT, and what
 * is longer than the state is cut.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/elf.h>
#include <linux/ptrace.h>

#define MORE 8192

static char state[65536] __attribute__((aligned(64)));

static long get_xstate(long pid, struct iovec *out)
{
	struct iovec all = { .iov_base = state, .iov_len = sizeof(state) - MORE };
	long rc = syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all);

	if (rc < 0)
		return rc;
	memset(state + all.iov_len, 0, MORE);
	all.iov_len += MORE;
	if (out->iov_len > all.iov_len)
		out->iov_len = all.iov_len;
	memcpy(out->iov_base, state, out->iov_len);
	return 0;
}

static long set_xstate(long pid, const struct iovec *in)
{
	struct iovec all = { .iov_base = state, .iov_len = sizeof(state) - MORE };
	struct iovec real = { .iov_base = in->iov_base };
	long rc = syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all);

	if (rc < 0)
		return rc;
	if (in->iov_len < all.iov_len + MORE) {
		errno = EFAULT;
		return -1;
	}
	real.iov_len = all.iov_len;
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &real);
}

long ptrace(int request, ...)
{
	long pid, word = 0, rc;
	void *addr, *data;
	va_list ap;

	va_start(ap, request);
	pid = va_arg(ap, int);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);

	if ((request == PTRACE_GETREGSET || request == PTRACE_SETREGSET) &&
	    addr == (void *)NT_X86_XSTATE)
		return request == PTRACE_GETREGSET ? get_xstate(pid, data) : set_xstate(pid, data);
	/* The system call stores what the C library returns. */
	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSR) {
		rc = syscall(SYS_ptrace, (long)request, pid, addr, &word);
		return rc < 0 ? rc : word;
	}
	return syscall(SYS_ptrace, (long)request, pid, addr, data);
}

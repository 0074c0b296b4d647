/*
 * fw_cfg on Linux, for tests: a recording of a device, or the real device of a
 * PC or of the arm64 machine `virt` that QEMU emulates.
 *
 * A recording is a file of records: selector (16 bits), length (32 bits), both
 * big-endian, and that many bytes.  FWCFG_RECORDING names the file.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#if defined(__x86_64__)
#include <sys/io.h>
#elif defined(__aarch64__)
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "device.h"

#define	PORT_SELECTOR	0x510
#define	PORT_DATA	0x511

/* QEMU's hw/arm/virt.c: data at the beginning, the selector (big-endian) behind it. */
#define	MEMORY		0x09020000
#define	MEMORY_SELECTOR	8

#if defined(__aarch64__)
static volatile uint8_t *memory;
#endif
static uint8_t *recording;	/* the whole file, or NULL for the real device */
static size_t recording_size;
static size_t position, end;	/* of the chosen item in the recording */

static uint32_t
big_endian(const uint8_t *bytes, int count)
{
	uint32_t value = 0;

	while (count-- > 0)
		value = value << 8 | *bytes++;
	return (value);
}

static void
open_recording(const char *path)
{
	struct stat info;
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		err(errno == ENOENT ? FWCFG_NO_DEVICE :
		    errno == EACCES ? FWCFG_REFUSED : FWCFG_IO, "%s", path);
	if (fstat(fileno(file), &info) != 0)
		err(FWCFG_IO, "%s", path);
	recording_size = (size_t)info.st_size;
	recording = malloc(recording_size + 1);
	if (recording == NULL || fread(recording, 1, recording_size, file) != recording_size)
		err(FWCFG_IO, "%s", path);
	fclose(file);
}

void
device_open(void)
{
	const char *path = getenv("FWCFG_RECORDING");

	if (path != NULL) {
		open_recording(path);
		return;
	}
#if defined(__x86_64__)
	if (ioperm(PORT_SELECTOR, 2, 1) != 0)
		err(errno == EPERM ? FWCFG_REFUSED : FWCFG_NO_DEVICE, "I/O port %#x", PORT_SELECTOR);
#elif defined(__aarch64__)
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	void *mapped;

	if (fd == -1)
		err(errno == EPERM || errno == EACCES ? FWCFG_REFUSED : FWCFG_NO_DEVICE, "/dev/mem");
	mapped = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, MEMORY);
	if (mapped == MAP_FAILED)
		err(errno == EPERM ? FWCFG_REFUSED : FWCFG_NO_DEVICE, "memory at %#x", MEMORY);
	memory = mapped;
	close(fd);
#else
	errx(FWCFG_NO_DEVICE, "only recordings can be read on this machine");
#endif
}

void
device_select(uint16_t key)
{
	size_t at, length;

	if (recording == NULL) {
#if defined(__x86_64__)
		outw(key, PORT_SELECTOR);
#elif defined(__aarch64__)
		*(volatile uint16_t *)(memory + MEMORY_SELECTOR) = __builtin_bswap16(key);
#endif
		return;
	}
	position = end = 0;
	for (at = 0; at + 6 <= recording_size; at += 6 + length) {
		length = big_endian(recording + at + 2, 4);
		if (big_endian(recording + at, 2) != key || length > recording_size - at - 6)
			continue;
		position = at + 6;
		end = position + length;
		return;
	}
}

uint8_t
device_read(void)
{

	if (recording != NULL)
		return (position < end ? recording[position++] : 0);
#if defined(__x86_64__)
	return (inb(PORT_DATA));
#elif defined(__aarch64__)
	return (*memory);
#else
	return (0);
#endif
}

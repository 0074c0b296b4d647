/*
 * fw_cfg on FreeBSD/arm64: memory mapped registers, reached through mem(4).
 *
 * Where they are differs between machine types, so the address is asked of the
 * kernel: it lists the device although no driver claims it, either from the
 * flattened device tree (compatible "qemu,fw-cfg-mmio") or from ACPI
 * (_HID QEMU0002).
 */
#include <sys/types.h>
#include <sys/endian.h>
#include <sys/mman.h>

#include <devinfo.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"

#define	OFFSET_DATA	0	/* any width; bytes come in order */
#define	OFFSET_SELECTOR	8	/* 16 bits, big-endian */
#define	REGISTERS_SIZE	24	/* with the DMA register, which is not used here */

static volatile uint8_t *registers;

struct search {
	struct devinfo_dev *device;
	uint64_t base;
};

static int
find_memory(struct devinfo_res *resource, void *arg)
{
	struct search *search = arg;
	struct devinfo_rman *rman = devinfo_handle_to_rman(resource->dr_rman);

	if (rman == NULL || resource->dr_device != search->device->dd_handle ||
	    strcmp(rman->dm_desc, "I/O memory addresses") != 0)
		return (0);
	search->base = resource->dr_start;
	return (1);
}

static int
search_rman(struct devinfo_rman *rman, void *arg)
{
	struct search *search = arg;

	devinfo_foreach_rman_resource(rman, find_memory, search);
	return (search->base != 0);
}

/* The unit address in a device tree name: 0x9020000 for "name=fw-cfg@9020000 ...". */
static uint64_t
unit_address(const char *pnpinfo)
{
	const char *name = strstr(pnpinfo, "name=fw-cfg@");

	return (name == NULL ? 0 : strtoull(name + strlen("name=fw-cfg@"), NULL, 16));
}

static int
search_device(struct devinfo_dev *device, void *arg)
{
	struct search *search = arg;
	const char *pnpinfo = device->dd_pnpinfo == NULL ? "" : device->dd_pnpinfo;

	if (strstr(pnpinfo, "qemu,fw-cfg-mmio") != NULL ||
	    strstr(pnpinfo, "QEMU0002") != NULL) {
		search->device = device;
		search->base = unit_address(pnpinfo);
		if (search->base == 0)
			devinfo_foreach_rman(search_rman, search);
		return (1);
	}
	return (devinfo_foreach_device_child(device, search_device, search));
}

static uint64_t
find_base(void)
{
	struct search search = { NULL, 0 };

	if (devinfo_init() != 0)
		errx(FWCFG_IO, "the kernel's list of devices cannot be read");
	devinfo_foreach_device_child(devinfo_handle_to_device(DEVINFO_ROOT_DEVICE),
	    search_device, &search);
	if (search.device == NULL)
		errx(FWCFG_NO_DEVICE, "no fw_cfg device in this machine");
	if (search.base == 0)
		errx(FWCFG_NO_DEVICE, "the fw_cfg device has no address");
	devinfo_free();
	return (search.base);
}

void
device_open(void)
{
	uint64_t base, page, offset;
	char *mapped;
	int mem;

	mem = open("/dev/mem", O_RDWR | O_CLOEXEC);
	if (mem == -1)
		err(errno == EPERM || errno == EACCES ? FWCFG_REFUSED : FWCFG_IO,
		    "/dev/mem (needs root and securelevel 0 or below)");
	base = find_base();
	offset = base % (uint64_t)getpagesize();
	page = base - offset;
	mapped = mmap(NULL, offset + REGISTERS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
	    mem, (off_t)page);
	if (mapped == MAP_FAILED)
		err(FWCFG_IO, "/dev/mem at %#jx", (uintmax_t)base);
	registers = (volatile uint8_t *)(mapped + offset);
	close(mem);
}

void
device_select(uint16_t key)
{

	*(volatile uint16_t *)(registers + OFFSET_SELECTOR) = htobe16(key);
}

uint8_t
device_read(void)
{

	return (registers[OFFSET_DATA]);
}

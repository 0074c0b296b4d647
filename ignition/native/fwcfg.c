/*
 * fwcfg - list the items of QEMU's firmware configuration device, or copy one
 * to standard output.
 *
 *	fwcfg list		one line per item: selector, size in bytes, name
 *	fwcfg read NAME		the item's bytes, nothing else
 *
 * podman hands its machine configuration over as item opt/com.coreos/config.
 * FreeBSD has no driver for the device, so this program reads it from user
 * space; it needs root.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "native.h"

#define	KEY_SIGNATURE	0x0000	/* reads as "QEMU" */
#define	KEY_DIRECTORY	0x0019
#define	NAME_SIZE	56	/* with its final NUL */
#define	ITEMS_MAX	4096	/* far beyond what QEMU can hold: a bound for a broken device */

struct item {
	uint32_t size;
	uint16_t key;
	char name[NAME_SIZE + 1];
};

static uint32_t
read_big_endian(int bytes)
{
	uint32_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | device_read();
	return (value);
}

static void
check_signature(void)
{
	static const char signature[] = "QEMU";
	size_t i;

	device_select(KEY_SIGNATURE);
	for (i = 0; i < strlen(signature); i++)
		if (device_read() != (uint8_t)signature[i])
			errx(FWCFG_NO_DEVICE, "no fw_cfg device in this machine");
}

/* Starts reading the directory and returns the number of its items. */
static uint32_t
open_directory(void)
{
	uint32_t count;

	device_select(KEY_DIRECTORY);
	count = read_big_endian(4);
	if (count > ITEMS_MAX)
		errx(FWCFG_IO, "the device claims to have %u items", count);
	return (count);
}

static void
read_item(struct item *item)
{
	size_t i;

	item->size = read_big_endian(4);
	item->key = (uint16_t)read_big_endian(2);
	(void)read_big_endian(2);	/* reserved */
	for (i = 0; i < NAME_SIZE; i++)
		item->name[i] = (char)device_read();
	item->name[NAME_SIZE] = '\0';
}

static void
list_items(void)
{
	struct item item;
	uint32_t count;

	for (count = open_directory(); count > 0; count--) {
		read_item(&item);
		printf("0x%04x %u %s\n", item.key, item.size, item.name);
	}
}

static void
copy_item(const char *name)
{
	static uint8_t buffer[65536];
	struct item item;
	uint32_t count, left;
	size_t i, chunk;

	for (count = open_directory(); count > 0; count--) {
		read_item(&item);
		if (strcmp(item.name, name) == 0)
			break;
	}
	if (count == 0)
		errx(FWCFG_NO_ITEM, "no item named %s", name);

	device_select(item.key);
	for (left = item.size; left > 0; left -= (uint32_t)chunk) {
		chunk = left < sizeof(buffer) ? left : sizeof(buffer);
		for (i = 0; i < chunk; i++)
			buffer[i] = device_read();
		if (fwrite(buffer, 1, chunk, stdout) != chunk)
			err(FWCFG_IO, "standard output");
	}
}

int
fwcfg(int argc, char *argv[])
{
	int list = argc == 2 && strcmp(argv[1], "list") == 0;
	int read = argc == 3 && strcmp(argv[1], "read") == 0;

	if (!list && !read) {
		fprintf(stderr, "usage: fwcfg list\n       fwcfg read NAME\n");
		return (FWCFG_USAGE);
	}
	device_open();
	check_signature();
	if (list)
		list_items();
	else
		copy_item(argv[2]);
	if (fflush(stdout) != 0)
		err(FWCFG_IO, "standard output");
	return (FWCFG_OK);
}

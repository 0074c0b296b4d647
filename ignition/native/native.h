/* The parts of podbsd-native: each is a program of its own to its callers. */
#ifndef PODBSD_NATIVE_H
#define PODBSD_NATIVE_H

int fwcfg(int argc, char *argv[]);
int with_socket(int argc, char *argv[]);

#endif

/*
 * A kernel that does nothing but prove that an accelerator runs 64-bit
 * supervisor code.  Some hypervisors offer a /dev/kvm that gets through the
 * BIOS, but interprets such code and stops at instructions which every kernel
 * built for current processors may use.
 *
 * QEMU loads it by the multiboot header.  It switches to long mode, runs an
 * instruction of BMI2 where the processor has that, and ends QEMU with exit
 * code 33 through the device isa-debug-exit.
 *
 *	gcc -c -m32 -o probe.o probe-amd64.S
 *	ld -m elf_i386 -Ttext 0x100000 --oformat binary -o probe.bin probe.o
 */
	.set	BASE, 0x100000
	.set	PML4, 0x110000
	.set	PDPT, 0x111000
	.set	PD, 0x112000
	.set	EFER, 0xc0000080

	.code32
	.text
	.globl	_start
_start:
header:	.long	0x1badb002		/* magic */
	.long	0x00010000		/* the addresses below are valid */
	.long	-(0x1badb002 + 0x00010000)
	.long	header			/* where this header lies */
	.long	BASE			/* load from here */
	.long	0			/* to the end of the file */
	.long	0			/* no bss */
	.long	start			/* and begin here */

start:	movl	$(PDPT | 3), PML4	/* identity map of the first 2 MiB */
	movl	$(PD | 3), PDPT
	movl	$0x83, PD
	movl	$PML4, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$EFER, %ecx
	rdmsr
	orl	$0x100, %eax		/* long mode */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax	/* paging */
	movl	%eax, %cr0
	lgdt	gdtr
	ljmp	$8, $long_mode

	.code64
long_mode:
	xorl	%eax, %eax
	cpuid
	cmpl	$7, %eax
	jb	done
	movl	$7, %eax
	xorl	%ecx, %ecx
	cpuid
	btl	$8, %ebx		/* BMI2 */
	jnc	done
	movl	$3, %edx
	shlx	%edx, %edx, %eax
done:	movb	$0x10, %al
	outb	%al, $0xf4
	hlt

	.balign	8, 0
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* 64-bit code */
gdtr:	.word	gdtr - gdt - 1
	.long	gdt

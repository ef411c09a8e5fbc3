# The entries of PVH (QEMU and Xen-like loaders; Xen's docs/misc/pvh.pandoc) and of Multiboot2 (GRUB):
# both jump here in 32-bit protected mode, without paging, with the address of what they know in ebx.
# We make the first page tables, enter long mode and call `kernel_main(information, magic)` on the boot
# stack; `magic` is 0 for PVH.

.section .note.pvh, "a", @note
.balign 4
    .long 4                 # length of the name
    .long 8                 # length of the descriptor
    .long 18                # XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .quad pvh_entry

# What a builder of images put beside the kernel (`SPEC.md`): it finds this note by its name and
# writes where the payload and the command line are.
    .long 6                 # length of the name
    .long 40                # length of the descriptor
    .long 1
    .asciz "libos"
    .balign 4
.global image_note
image_note:
    .quad 0                 # address of the payload
    .quad 0                 # length of the payload; 0: it comes from the loader
    .quad 0                 # address of the command line
    .quad 0                 # length of the command line
    .quad 0                 # 1: the image's loader has compared a checksum of all of it

# Multiboot2 looks for this in the first 32 KiB of the file (specification 2.0, 3.1.1).
.section .multiboot, "a", @progbits
.balign 8
multiboot_header:
    .long 0xe85250d6        # magic
    .long 0                 # i386, protected mode
    .long multiboot_header_end - multiboot_header
    .long 0x100000000 - (0xe85250d6 + (multiboot_header_end - multiboot_header))
    .short 6, 0             # modules begin at pages
    .long 8
    .short 0, 0             # the end
    .long 8
multiboot_header_end:

.section .boot, "ax", @progbits
.code32
.global pvh_entry, multiboot_entry
pvh_entry:
    xor esi, esi
    jmp enter
multiboot_entry:
    mov esi, eax
enter:
    cli
    cld
    mov esp, offset boot_stack_top

    # An image's own loader tells when it began (`SPEC.md`).
    cmp ebp, 0x64616f6c     # "load"
    jne no_loader
    mov dword ptr [loader_entered], edi
no_loader:

    # Long mode and no-execute are required (CPUID 8000_0001h EDX bits 29 and 20).
    mov eax, 0x80000000
    push ebx
    cpuid
    cmp eax, 0x80000001
    jb unfit
    mov eax, 0x80000001
    cpuid
    and edx, 0x20100000
    cmp edx, 0x20100000
    jne unfit
    pop ebx

    # The first GiB, identity-mapped in pages of 2 MiB, readable, writable and executable; Rust
    # gives every page its proper rights before anything else runs.
    mov eax, offset page_table_l3
    or eax, 3
    mov dword ptr [page_table_l4], eax
    mov eax, offset page_table_l2
    or eax, 3
    mov dword ptr [page_table_l3], eax
    mov edi, offset page_table_l2
    mov eax, 0x83
    mov ecx, 512
fill:
    mov dword ptr [edi], eax
    mov dword ptr [edi + 4], 0
    add eax, 0x200000
    add edi, 8
    dec ecx
    jnz fill

    mov eax, cr4
    or eax, 0x620           # PAE, OSFXSR, OSXMMEXCPT
    mov cr4, eax
    mov eax, offset page_table_l4
    mov cr3, eax
    mov ecx, 0xc0000080     # EFER
    rdmsr
    or eax, 0x900           # LME, NXE
    wrmsr
    mov eax, 0x80010023     # PG, WP, NE, MP, PE; EM and TS clear, caches on
    mov cr0, eax
    lgdt [boot_gdt_pointer]
    push 8
    mov eax, offset long_mode
    push eax
    retf

# "x64?" on the serial line is all that a CPU without long mode can be told briefly.
unfit:
    mov dx, 0x3f8
    mov esi, offset unfit_text
unfit_next:
    mov al, byte ptr [esi]
    test al, al
    jz unfit_end
    out dx, al
    inc esi
    jmp unfit_next
unfit_end:
    hlt
    jmp unfit_end
unfit_text:
    .asciz "libos: this CPU lacks long mode or no-execute pages\n"

.code64
long_mode:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    xor eax, eax
    mov fs, ax
    mov gs, ax
    mov rsp, offset boot_stack_top
    xor ebp, ebp
    mov edi, ebx
    mov esi, esi            # clears the upper half
    call kernel_main
    ud2

.balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff    # code, 64-bit, accessed
    .quad 0x00cf93000000ffff    # data, accessed
boot_gdt_pointer:
    .word 23
    .long boot_gdt

# Stubs for all 256 vectors, 16 bytes each: they make the stack look the same with and without an
# error code, then join.
.section .text.traps, "ax", @progbits
.global trap_stubs
.balign 16
trap_stubs:
.set vector, 0
.rept 256
    .balign 16
    .if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
    .else
    push 0
    .endif
    push vector
    jmp trap_join
    .set vector, vector + 1
.endr

# The CPU aligned the stack to 16 before it pushed 5 words; with error code, vector and 15 registers
# the stack is aligned again where Rust is called.
trap_join:
    push rax
    push rbx
    push rcx
    push rdx
    push rsi
    push rdi
    push rbp
    push r8
    push r9
    push r10
    push r11
    push r12
    push r13
    push r14
    push r15
    cld
    mov rdi, rsp
    call trap_arrived
    pop r15
    pop r14
    pop r13
    pop r12
    pop r11
    pop r10
    pop r9
    pop r8
    pop rbp
    pop rdi
    pop rsi
    pop rdx
    pop rcx
    pop rbx
    pop rax
    add rsp, 16
    iretq

# Stacks grow down into a page that is never mapped. The boot stack becomes the stack on which
# traps are reported once the kernel runs on its main stack.
.section .bss.stacks, "aw", @nobits
.balign 4096
.global double_fault_guard, double_fault_stack_top, boot_stack_guard, boot_stack_top
double_fault_guard:
    .skip 4096
    .skip 8192
double_fault_stack_top:
boot_stack_guard:
    .skip 4096
    .skip 16384
boot_stack_top:

.section .bss.loader_entered, "aw", @nobits
.balign 4
.global loader_entered
loader_entered:
    .skip 4

.section .bss.page_tables, "aw", @nobits
.balign 4096
.global page_table_l4
page_table_l4:
    .skip 4096
page_table_l3:
    .skip 4096
page_table_l2:
    .skip 4096

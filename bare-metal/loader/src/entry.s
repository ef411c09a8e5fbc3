# The image's header (`SPEC.md`), which its builder fills in; then the entries of PVH (QEMU; Xen's
# docs/misc/pvh.pandoc) and of Multiboot2 (GRUB), both in 32-bit protected mode, without paging, with the
# address of what the loader of the machine knows in ebx. The kernel is entered in the same way; only what
# is between runs in long mode.

.section .head, "aw", @progbits
.balign 8
.global image_header
image_header:
    .ascii "libosIM1"
    .long 0                             # checksum
    .long __loader_bytes   # bytes of the loader, ELF header included
    .long 0                             # address of the blob
    .long 0                             # bytes of the blob
    .long 0                             # address of what it unpacks to
    .long 0                             # bytes of that
    .long 0                             # offset of the kernel's code in that
    .long 0                             # bytes of the code; 0: it is not filtered
    .long 0                             # entry of the kernel for PVH
    .long 0                             # entry of the kernel for Multiboot2
    .long 0                             # RAM must reach to this address
    .long 0                             # how the blob is packed
    .long 0, 0                          # offset and bytes of the payload in what it unpacks to
    .long note, note_end - note
    .long pvh_entry, multiboot_entry

# Multiboot2 looks for this in the first 32 KiB of the file (specification 2.0, 3.1.1).
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

.balign 4
note:
    .long 4                 # length of the name
    .long 4                 # length of the descriptor
    .long 18                # XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long pvh_entry
note_end:

.section .text.entry, "ax", @progbits
.code32
.global pvh_entry, multiboot_entry
pvh_entry:
    xor eax, eax
multiboot_entry:
    cli
    cld
    mov esp, 0x110000       # what is between the page tables and the kernel
    push eax
    push ebx
    rdtsc                   # the kernel is told when the loader began
    push eax
    push eax                # room for the kernel's entry; and a multiple of 16 again

    # Is there long mode? (CPUID 8000_0001h EDX bit 29)
    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb unfit
    mov eax, 0x80000001
    cpuid
    bt edx, 29
    jnc unfit

    # 4 GiB, mapped to themselves in pages of 2 MiB, and the first one again behind them: whoever reads
    # a word at the end of an address that is wrong comes to no harm.
    mov edi, offset __page_tables
    xor eax, eax
    mov ecx, 2048
    rep stosd
    mov dword ptr [__page_tables], offset __page_tables + 0x1000 + 3
    mov eax, offset __page_tables + 0x2000 + 3
    mov edx, offset __page_tables + 0x1000
    mov dword ptr [edx + 0x20], eax
next_table:
    mov dword ptr [edx], eax
    add eax, 0x1000
    add edx, 8
    cmp edx, offset __page_tables + 0x1020
    jb next_table
    mov eax, 0x83
next_page:
    mov dword ptr [edi], eax
    mov dword ptr [edi + 4], 0
    add edi, 8
    add eax, 0x200000
    jnc next_page

    lgdt [gdt_pointer]
    mov eax, cr4
    or eax, 0x220           # PAE, OSFXSR
    mov cr4, eax
    mov eax, offset __page_tables
    mov cr3, eax
    mov ecx, 0xc0000080     # EFER
    rdmsr
    or eax, 0x100           # LME
    wrmsr
    mov eax, cr0
    and eax, ~0xc           # EM, TS: SSE is the compiler's
    or eax, 0x80000002      # PG, MP
    mov cr0, eax
    ljmp 8, offset long_mode

.code64
long_mode:
    mov eax, 16
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov edi, dword ptr [rsp + 8]
    mov esi, dword ptr [rsp + 12]
    call load               # load(information, magic): the kernel's entry
    mov dword ptr [rsp], eax
    push 24
    push offset protected
    retfq

.code32
protected:
    mov eax, cr0
    and eax, 0x7fffffff     # PG
    mov cr0, eax
    mov ecx, 0xc0000080
    rdmsr
    and eax, ~0x100
    wrmsr
    mov eax, cr4
    and eax, ~0x220
    mov cr4, eax
    pop ecx
    pop edi
    pop ebx
    pop eax
    mov ebp, 0x64616f6c     # "load"
    jmp ecx

# All that can be told without the rest of the loader.
unfit:
    mov dx, 0x3f8
    mov esi, offset unfit_text
unfit_next:
    outsb
    cmp byte ptr [esi], 0
    jne unfit_next
unfit_end:
    hlt
    jmp unfit_end
unfit_text:
    .asciz "libos: this CPU lacks long mode\n"

.balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff            # code, 64-bit, accessed
    .quad 0x00cf93000000ffff            # data, flat, accessed
    .quad 0x00cf9b000000ffff            # code, 32-bit, flat, accessed
gdt_pointer:
    .word 31
    .long gdt

# What the compiler takes for granted: memmove(target, source, bytes), memset(target, byte, bytes).
.code64
.global memcpy, memmove, memset
memcpy:
memmove:
    mov rax, rdi
    mov rcx, rdx
    mov rdx, rdi
    sub rdx, rsi
    cmp rdx, rcx            # does the target begin inside of the source?
    jb backward
    mov edx, ecx
    and edx, 7
    shr rcx, 3
    rep movsq
    mov ecx, edx
    rep movsb
    ret
backward:
    std
    lea rsi, [rsi + rcx - 1]
    lea rdi, [rdi + rcx - 1]
    rep movsb
    cld
    ret
memset:
    mov r8, rdi
    movzx eax, sil
    mov rcx, 0x0101010101010101
    imul rax, rcx
    mov rcx, rdx
    shr rcx, 3
    rep stosq
    mov ecx, edx
    and ecx, 7
    rep stosb
    mov rax, r8
    ret

# The image's header (`SPEC.md`), which its builder fills in; then the entries of PVH (QEMU; Xen's
# docs/misc/pvh.pandoc) and of Multiboot2 (GRUB), both in 32-bit protected mode, without paging, with the
# address of what the loader of the machine knows in ebx. The kernel is entered in the same way.

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
    mov esp, 0x108000       # what is between the loader and the kernel
    push eax
    push ebx
    rdtsc                   # the kernel is told when the loader began, in registers that calls keep
    mov edi, eax
    mov ebp, 0x64616f6c     # "load"
    call load               # load(information, magic): the kernel's entry
    pop ebx
    mov ecx, eax
    pop eax
    jmp ecx


# What the compiler takes for granted: memmove(target, source, bytes), memset(target, byte, bytes).
.global memcpy, memmove, memset
memcpy:
memmove:
    push esi
    push edi
    mov edi, [esp + 12]
    mov esi, [esp + 16]
    mov ecx, [esp + 20]
    mov eax, edi
    mov edx, edi
    sub edx, esi
    cmp edx, ecx            # does the target begin inside of the source?
    jb backward
    rep movsb
    pop edi
    pop esi
    ret
backward:
    std
    lea esi, [esi + ecx - 1]
    lea edi, [edi + ecx - 1]
    rep movsb
    cld
    pop edi
    pop esi
    ret
memset:
    push edi
    mov edi, [esp + 8]
    mov eax, [esp + 12]
    mov ecx, [esp + 16]
    rep stosb
    mov eax, [esp + 8]
    pop edi
    ret

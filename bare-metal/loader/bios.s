# Boots an image on a PC's BIOS, from a disk or a CD: 2048 bytes, of which a BIOS loads the first 512
# from a disk, and all from a CD (El Torito, no emulation). It reads the image's ELF file by the extended
# services of int 13h (EDD 3.0), asks for the memory map (int 15h, E820), and enters the image's loader as
# a PVH loader does. Everything that can fail is told on the screen and on COM1.
#
# Memory: 0x7000 the stack from above, 0x7c00 this code, 0x8400 the memory map, 0x10000 what was just read.

.intel_syntax noprefix
.code16
.set DRIVE_PARAMETERS, 0x7080
.set MEMORY_MAP, 0x8400
.set MEMORY_MAP_ENTRIES_MAX, 128
.set BUFFER, 0x10000
.set CHUNK_BYTES, 0x8000
.set LOAD_ADDRESS, 0x100000
.set REFUSED, 70

.section .text, "ax", @progbits
.global start
start:
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    ljmp 0, offset normal
normal:
    sti
    cld
    mov byte ptr [drive], dl

    # Are there extended services? (EDD 3.0, 8.1)
    mov ah, 0x41
    mov bx, 0x55aa
    int 0x13
    mov si, offset no_edd
    jc fail
    cmp bx, 0xaa55
    jne fail
    # How long is a sector? (8.8)
    mov word ptr [DRIVE_PARAMETERS], 0x1a
    mov si, DRIVE_PARAMETERS
    mov dl, byte ptr [drive]
    mov ah, 0x48
    int 0x13
    mov si, offset no_edd
    jc fail
    mov ax, word ptr [DRIVE_PARAMETERS + 0x18]
    cmp ax, 2048
    je is_cd
    mov si, offset bad_sector
    cmp ax, 512
    jne fail
    # The rest of this code.
    mov byte ptr [sector_shift], 9
    mov word ptr [packet_count], 3
    mov word ptr [packet_segment], 0x07e0
    mov dword ptr [packet_sector], 1
    call read
is_cd:
    cmp dword ptr [second_part], 0x42736269     # "ibsB"
    mov si, offset no_rest
    jne fail
    jmp second_start

# Reads what the packet says; does not return when that fails three times.
read:
    mov bp, 3
read_again:
    mov si, offset packet
    mov dl, byte ptr [drive]
    mov ah, 0x42
    int 0x13
    jnc read_done
    mov dl, byte ptr [drive]
    xor ah, ah
    int 0x13
    dec bp
    jnz read_again
    mov si, offset bad_read
    jmp fail
read_done:
    ret

# Says "libos: " and what si points to, ends QEMU with an exit code, and halts.
fail:
    push si
    mov si, offset prefix
    call say
    pop si
    call say
    mov si, offset line_end
    call say
    mov eax, 1
    cpuid
    test ecx, ecx           # its highest bit: a virtual machine
    jns halt
    mov al, REFUSED
    out 0xf4, al
halt:
    cli
    hlt
    jmp halt

say:
    lodsb
    test al, al
    jz say_done
    push ax
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    mov cx, 0xffff
    mov dx, 0x3fd
say_wait:
    in al, dx
    test al, 0x20
    loopz say_wait
    pop ax
    mov dx, 0x3f8
    out dx, al
    jmp say
say_done:
    ret

prefix:     .asciz "libos: "
line_end:   .asciz "\r\n"
no_edd:     .asciz "the BIOS has no EDD"
bad_sector: .asciz "sectors are not of 512 bytes"
bad_read:   .asciz "the disk cannot be read; is the image truncated?"
no_rest:    .asciz "the image is altered"

drive:          .byte 0
# Bytes of a sector are 1 << this.
sector_shift:   .byte 11

# EDD 3.0, 4.2.2
.balign 4
packet:
    .byte 16, 0
packet_count:
    .word 0
packet_offset:
    .word 0
packet_segment:
    .word 0
packet_sector:
    .quad 0

# Here a builder puts the identity of the disk, and the table of partitions.
.org 440
    .skip 70
.org 510
    .byte 0x55, 0xaa

# The second part; what a builder fills in comes first.
.org 512
second_part:
    .ascii "ibsBoot1"
image_sector:   .long 0     # where the ELF file begins, in sectors of 512 bytes
image_bytes:    .long 0     # its length
image_address:  .long 0     # where it is put, so that the blob lies at its address
loader_bytes:   .long 0     # how much of it belongs at 1 MiB
loader_entry:   .long 0     # PVH's

second_start:
    call open_a20
    call ask_for_memory
    call load_image
    # For good: 32 bits, flat.
    cli
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    ljmp 8, offset protected

# A20 masks an address line for programs of 1981; memory is whole without.
open_a20:
    mov ax, 0x2401
    int 0x15
    call is_a20_open
    jne open_done
    in al, 0x92
    or al, 2
    and al, 0xfe
    out 0x92, al
    mov cx, 0xffff
a20_wait:
    push cx
    call is_a20_open
    pop cx
    jne open_done
    loop a20_wait
    mov si, offset no_a20
    jmp fail
open_done:
    ret

# Not equal: the first MiB is not seen again above itself.
is_a20_open:
    mov ax, 0xffff
    mov fs, ax
    mov ax, word ptr [0x7dfe]
    not word ptr fs:[0x7e0e]
    cmp ax, word ptr [0x7dfe]
    pushf
    not word ptr fs:[0x7e0e]
    popf
    jne is_masked
    or sp, sp               # not zero: not equal
    ret
is_masked:
    xor ax, ax              # zero: equal
    ret

# PVH's entries are those of E820 (ACPI 6.5, 15.1): base, length, kind, attributes.
ask_for_memory:
    xor ebx, ebx
    mov di, MEMORY_MAP
ask_next:
    mov dword ptr [di + 20], 0
    mov eax, 0xe820
    mov edx, 0x534d4150     # "SMAP"
    mov ecx, 24
    int 0x15
    jc ask_done
    cmp eax, 0x534d4150
    jne ask_done
    add di, 24
    inc dword ptr [memory_map_count]
    cmp word ptr [memory_map_count], MEMORY_MAP_ENTRIES_MAX
    je ask_done
    test ebx, ebx
    jnz ask_next
ask_done:
    mov si, offset no_memory_map
    cmp dword ptr [memory_map_count], 0
    je fail
    ret

# Reads the file in pieces, and puts it above 1 MiB.
load_image:
    mov cl, byte ptr [sector_shift]
    mov eax, dword ptr [image_sector]
    sub cl, 9
    shr eax, cl
    mov dword ptr [packet_sector], eax
    mov word ptr [packet_segment], BUFFER >> 4
    mov edi, dword ptr [image_address]
    mov esi, dword ptr [image_bytes]
load_next:
    mov edx, CHUNK_BYTES
    cmp esi, edx
    jae load_chunk
    mov edx, esi
load_chunk:
    # Sectors: rounded up.
    mov cl, byte ptr [sector_shift]
    mov eax, 1
    shl eax, cl
    lea eax, [eax + edx - 1]
    shr eax, cl
    mov word ptr [packet_count], ax
    pushad
    call read
    popad
    movzx eax, word ptr [packet_count]
    add dword ptr [packet_sector], eax
    push esi
    mov esi, BUFFER
    mov ecx, edx
    call copy
    pop esi
    sub esi, edx
    jnz load_next
    # The loader goes to its own place.
    mov esi, dword ptr [image_address]
    mov edi, LOAD_ADDRESS
    mov ecx, dword ptr [loader_bytes]

# Copies ecx bytes from esi to edi, anywhere below 4 GiB; moves edi on. BIOS calls may set the limits of
# segments back, so they are lifted anew each time: loaded in protected mode, and kept when that is left.
copy:
    cli
    push eax
    push bx
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp lifted
lifted:
    mov bx, 16
    mov ds, bx
    mov es, bx
    and al, 0xfe
    mov cr0, eax
    jmp real
real:
    rep movs byte ptr es:[edi], byte ptr ds:[esi]
    xor ax, ax
    mov ds, ax
    mov es, ax
    pop bx
    pop eax
    sti
    ret

.code32
protected:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov fs, ax
    mov gs, ax
    # ACPI's root pointer: in the first KiB of the EBDA, or in the BIOS (ACPI 6.5, 5.2.5.1).
    movzx esi, word ptr [0x40e]
    shl esi, 4
    lea edi, [esi + 1024]
    call find_root_pointer
    je found
    mov esi, 0xe0000
    mov edi, 0x100000
    call find_root_pointer
    je found
    xor esi, esi
found:
    mov dword ptr [root_pointer], esi
    # Start info lies here as it is.
    mov ebx, offset start_info
    jmp dword ptr [loader_entry]

find_root_pointer:
    cmp dword ptr [esi], 0x20445352     # "RSD "
    jne find_next
    cmp dword ptr [esi + 4], 0x20525450 # "PTR "
    je find_done
find_next:
    add esi, 16
    cmp esi, edi
    jb find_root_pointer
    test esi, esi                       # not zero: not equal
find_done:
    ret

.balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff            # code, 32-bit, flat, accessed
    .quad 0x00cf93000000ffff            # data, flat, accessed
gdt_pointer:
    .word 23
    .long gdt

# hvm_start_info, version 1 (Xen, xen/include/public/arch-x86/hvm/start_info.h)
.balign 8
start_info:
    .long 0x336ec578
    .long 1
    .long 0, 0                          # flags, modules
    .quad 0                             # list of modules
    .quad 0                             # command line
root_pointer:
    .quad 0
    .quad MEMORY_MAP
memory_map_count:
    .long 0
    .long 0

no_a20:        .asciz "the A20 line stays closed"
no_memory_map: .asciz "this BIOS tells no memory map"

.org 2048

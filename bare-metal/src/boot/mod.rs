//! What a loader hands over: start info of PVH or Multiboot2, the memory map, the command line, the payload.

pub mod command_line;
pub mod memory_map;
pub mod multiboot;
pub mod payload;
pub mod pvh;
pub mod shares;

//! What a loader hands over: PVH's start info, the memory map, the command line, the payload.

pub mod command_line;
pub mod memory_map;
pub mod payload;
pub mod pvh;

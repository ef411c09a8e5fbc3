/** Images: building, looking inside. */
export { buildImage, type Image, type ImageOptions } from "./build.ts";
export { FORMATS, formatOf, type Format } from "./formats/mod.ts";
export type { Optimize } from "./kernels.ts";
export { HEAD_BYTES, imageEnd, openImage, type OpenImage } from "./open.ts";
export { renderList, renderSizes, renderTree, sizesOf, type SizeRow } from "./render.ts";

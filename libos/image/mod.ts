/** Images: building, looking inside. */
export { buildImage, type Image, type ImageOptions } from "./build.ts";
export { openImage, type OpenImage } from "./open.ts";
export { renderList, renderSizes, renderTree, sizesOf } from "./render.ts";

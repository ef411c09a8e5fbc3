/** Waits for the power button. */
import { openImage } from "./image.ts";

const { hal, print } = openImage();
hal.power.onRequest(() => {
  print("the button");
  hal.power.off(9);
});
print("waiting");

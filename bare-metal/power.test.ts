import t from "tap";
import { findPowerButton } from "./power.ts";

/** A fixed description table with a power button at port 0x600 and interrupt 9. */
function table(): Uint8Array {
  const bytes = new Uint8Array(244);
  const view = new DataView(bytes.buffer);
  view.setUint16(46, 9, true);
  view.setUint32(56, 0x600, true);
  view.setUint8(88, 4);
  return bytes;
}

t.test("the enable register lies in the second half of the event block", async (t) => {
  t.same(findPowerButton(table()), { status: 0x600, enable: 0x602, line: 9 });
});

t.test(
  "there is no button without a table, without registers, or on reduced hardware",
  async (t) => {
    t.equal(findPowerButton(undefined), undefined);
    t.equal(findPowerButton(table().subarray(0, 100)), undefined);
    const none = table();
    new DataView(none.buffer).setUint32(56, 0, true);
    t.equal(findPowerButton(none), undefined);
    const reduced = table();
    new DataView(reduced.buffer).setUint32(112, 1 << 20, true);
    t.equal(findPowerButton(reduced), undefined);
    const outside = table();
    new DataView(outside.buffer).setUint32(56, 0xffff_fffe, true);
    t.equal(findPowerButton(outside), undefined);
  },
);

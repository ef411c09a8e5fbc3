/** Small helpers around elements. Text is always set as text, never as markup. */

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id @param {string} text */
export function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {(Node | string)[]} children
 */
export function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/**
 * Keeps one element for each item, by key, in the items' order; those that stay are updated in place,
 * so that transitions run and a selection holds.
 *
 * @template Item
 * @param {HTMLElement} parent
 * @param {readonly Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {() => HTMLElement} create
 * @param {(element: HTMLElement, item: Item) => void} update
 */
export function reconcile(parent, items, keyOf, create, update) {
  const before = new Map();
  for (const child of parent.children) {
    before.set(/** @type {HTMLElement} */ (child).dataset.key, child);
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = before.get(key);
    before.delete(key);
    if (element === undefined) {
      element = create();
      element.dataset.key = key;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const element of before.values()) element.remove();
}

/** A table row with so many cells. @param {readonly string[]} classes One for each cell. */
export function makeRow(classes) {
  const row = document.createElement("tr");
  for (const className of classes) row.append(make("td", className));
  return row;
}

/** @param {HTMLElement} row @param {readonly (string | undefined)[]} texts Undefined: left as it is. */
export function fillRow(row, texts) {
  for (const [index, text] of texts.entries()) {
    const cell = row.children[index];
    if (text !== undefined && cell.textContent !== text) cell.textContent = text;
  }
}

/** @param {unknown} value @returns {any[]} */
export function list(value) {
  return Array.isArray(value) ? value : [];
}

/** Elements without a framework: text is always text, and nothing is set as a style attribute, which the content policy refuses. */

export type Child = Node | string | number | null | undefined | false;
type Listener = (event: never) => unknown;
type Value = string | number | boolean | null | undefined | Listener;

/** An element with attributes (true: present; false, null, undefined: absent), listeners (`onclick`) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...nodes(children));
  return element;
}

function set(element: Element, name: string, value: Value): void {
  if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
  else if (value !== null && value !== undefined && value !== false)
    element.setAttribute(name, value === true ? '' : String(value));
}

const nodes = (children: readonly Child[]): readonly (Node | string)[] =>
  children.flatMap((child) => {
    if (child === null || child === undefined || child === false) return [];
    return [typeof child === 'number' ? String(child) : child];
  });

/** Puts other children into an element. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...nodes(children));
}

let ids = 0;
/** An id that no other element has. */
export const newId = (): string => `e${(ids += 1)}`;

/** An icon of 16 × 16 drawn with one path; it says nothing to a screen reader. */
export function icon(path: string): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [name, value] of Object.entries({ viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true' }))
    svg.setAttribute(name, value);
  const line = document.createElementNS(space, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** Saves something under a name, as a click on a link would. */
export function save(href: string, name: string): void {
  const link = h('a', { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

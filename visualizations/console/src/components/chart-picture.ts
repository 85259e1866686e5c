const SVG = 'http://www.w3.org/2000/svg';
const STYLE_ELEMENT = /<style>([^<]*)<\/style>/g;

/** What is painted over a chart's picture. States and transitions go by their `data-state` and `data-edge`. */
export interface Painting {
  /** Where the call is. */
  lit?: readonly string[];
  /** The transitions just taken. */
  taken?: readonly string[];
  /** How strongly a transition shows, 0 … 1; what is not named shows fully. */
  strengths?: Readonly<Record<string, number>>;
  /** A number at the state: calls that are in it. */
  tallies?: Readonly<Record<string, number>>;
  /** States that something was found about. */
  found?: readonly string[];
}

/** A chart's picture inside a shadow root, where its style reaches nothing else. */
export class ChartPicture {
  readonly svg: SVGSVGElement;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly #states = new Map<string, Element>();
  /** The words of a state are drawn over everything, apart from its box. */
  readonly #words = new Map<string, Element>();
  readonly #edges = new Map<string, Element[]>();
  #painted: Element[] = [];
  #tallies: Element[] = [];

  /** `text` is a picture of the server's. Its style goes where a strict content policy allows it. */
  constructor(root: ShadowRoot, view: Element, text: string, style: string) {
    const own: string[] = [];
    const bare = text.replace(STYLE_ELEMENT, (_, css: string) => {
      own.push(css);
      return '';
    });
    const svg = new DOMParser().parseFromString(bare, 'image/svg+xml').documentElement;
    if (svg.localName !== 'svg') throw new Error('The picture of this chart cannot be read.');
    root.adoptedStyleSheets = [...own, style].map(sheet);

    this.svg = document.importNode(svg, true) as unknown as SVGSVGElement;
    this.widthPx = Number(svg.getAttribute('width')) || 800;
    this.heightPx = Number(svg.getAttribute('height')) || 600;
    view.replaceChildren(this.svg);
    for (const element of this.svg.querySelectorAll('[data-state]'))
      this.#states.set(element.getAttribute('data-state') as string, element);
    for (const element of this.svg.querySelectorAll('[data-words]'))
      this.#words.set(element.getAttribute('data-words') as string, element);
    for (const element of this.svg.querySelectorAll('[data-edge]'))
      for (const edge of (element.getAttribute('data-edge') as string).split(' '))
        this.#edges.set(edge, [...(this.#edges.get(edge) ?? []), element]);
  }

  /** Where a state is, in the picture's own pixels. */
  boxOf(state: string): DOMRect | null {
    const box = this.#find(state)?.querySelector(':scope > .box') as SVGGraphicsElement | null;
    return box?.getBBox() ?? null;
  }

  paint({ lit = [], taken = [], strengths = {}, tallies = {}, found = [] }: Painting): void {
    for (const element of this.#painted) element.classList.remove('lit', 'taken', 'found');
    for (const element of this.#tallies) element.remove();
    this.#painted = [];
    this.#tallies = [];
    for (const state of lit) {
      const element = this.#find(state);
      this.#mark(element, 'lit');
      this.#mark(this.#words.get(element?.getAttribute('data-state') ?? ''), 'lit');
    }
    for (const state of found) this.#mark(this.#find(state), 'found');
    // The strongest comes last: transitions may share an arrow.
    for (const edge of [...taken].sort((a, b) => (strengths[a] ?? 1) - (strengths[b] ?? 1)))
      for (const element of this.#edges.get(edge) ?? []) {
        this.#mark(element, 'taken');
        (element as SVGElement).style.setProperty('--strength', `${(strengths[edge] ?? 1) * 100}%`);
      }
    for (const [state, number] of Object.entries(tallies)) if (number > 0) this.#tally(state, number);
  }

  /** Lists of calls name states without the chart's own name. */
  #find(state: string): Element | undefined {
    const root = this.#states.keys().next().value;
    return this.#states.get(state) ?? this.#states.get(`${root}.${state}`);
  }

  #mark(element: Element | undefined, name: string): void {
    if (!element) return;
    element.classList.add(name);
    this.#painted.push(element);
  }

  #tally(state: string, number: number): void {
    const box = this.boxOf(state);
    if (!box) return;
    const words = number.toLocaleString();
    const width = Math.max(22, 12 + words.length * 8);
    const group = document.createElementNS(SVG, 'g');
    group.setAttribute('class', 'tally');
    group.setAttribute('transform', `translate(${box.x + box.width - width + 8} ${box.y - 11})`);
    const rect = document.createElementNS(SVG, 'rect');
    for (const [name, value] of Object.entries({ width, height: 22, rx: 11 }))
      rect.setAttribute(name, String(value));
    const label = document.createElementNS(SVG, 'text');
    label.setAttribute('x', String(width / 2));
    label.setAttribute('y', '11');
    label.textContent = words;
    const title = document.createElementNS(SVG, 'title');
    title.textContent = `${words} live in ${state}`;
    group.append(title, rect, label);
    this.svg.append(group);
    this.#tallies.push(group);
  }
}

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

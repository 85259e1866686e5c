const MIN_SCALE = 0.08;
const MAX_SCALE = 4;
/** Below it the words of a picture cannot be read. */
const READABLE_SCALE = 0.7;
const KEY_STEP_PX = 60;
const ZOOM_STEP = 1.25;
const MARGIN_PX = 16;

interface Size {
  widthPx: number;
  heightPx: number;
}

/** Moves a picture under a window: drag or wheel moves it, pinch or Ctrl and wheel zooms, keys do both. */
export class PanZoom {
  readonly #host: HTMLElement;
  readonly #view: HTMLElement;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  readonly #control = new AbortController();
  #size: Size = { widthPx: 1, heightPx: 1 };
  #x = 0;
  #y = 0;
  #scale = 1;
  /** A person has moved the picture: it stays where they put it. */
  #isMoved = false;

  constructor(host: HTMLElement, view: HTMLElement) {
    this.#host = host;
    this.#view = view;
    const { signal } = this.#control;
    host.addEventListener('wheel', event => this.#wheel(event), { passive: false, signal });
    host.addEventListener('pointerdown', event => this.#down(event), { signal });
    host.addEventListener('pointermove', event => this.#move(event), { signal });
    for (const end of ['pointerup', 'pointercancel'] as const)
      host.addEventListener(end, event => this.#pointers.delete(event.pointerId), { signal });
    host.addEventListener('keydown', event => this.#key(event), { signal });
  }

  get isMoved(): boolean {
    return this.#isMoved;
  }

  close(): void {
    this.#control.abort();
  }

  /** Shows a picture for the first time: all of it where that can be read, else its top at the window's width. */
  open(size: Size): void {
    this.#size = size;
    this.#isMoved = false;
    const { clientWidth, clientHeight } = this.#host;
    const byWidth = Math.min(1, (clientWidth - 2 * MARGIN_PX) / size.widthPx);
    const byHeight = (clientHeight - 2 * MARGIN_PX) / size.heightPx;
    if (byHeight >= READABLE_SCALE || byHeight >= byWidth) this.fit();
    else this.#place(byWidth, MARGIN_PX);
  }

  /** All of the picture in the window, never larger than it was drawn. */
  fit(): void {
    this.#isMoved = false;
    const { clientWidth, clientHeight } = this.#host;
    const { widthPx, heightPx } = this.#size;
    const byWidth = (clientWidth - 2 * MARGIN_PX) / widthPx;
    const scale = Math.max(MIN_SCALE, Math.min(byWidth, (clientHeight - 2 * MARGIN_PX) / heightPx, 1));
    this.#place(scale, (clientHeight - heightPx * scale) / 2);
  }

  #place(scale: number, y: number): void {
    this.#scale = scale;
    this.#x = (this.#host.clientWidth - this.#size.widthPx * scale) / 2;
    this.#y = y;
    this.#apply(false);
  }

  /** Brings a part of the picture to the middle, large enough to be read. */
  show(box: DOMRect, readableScale: number): void {
    this.#isMoved = false;
    const { clientWidth, clientHeight } = this.#host;
    const roomy = Math.min(clientWidth / (box.width + 80), clientHeight / (box.height + 80));
    this.#scale = Math.max(MIN_SCALE, Math.min(readableScale, roomy));
    this.#x = clientWidth / 2 - (box.x + box.width / 2) * this.#scale;
    this.#y = clientHeight / 2 - (box.y + box.height / 2) * this.#scale;
    this.#apply(true);
  }

  zoom(factor: number): void {
    const { clientWidth, clientHeight } = this.#host;
    this.#zoomAt(clientWidth / 2, clientHeight / 2, factor);
  }

  zoomIn = (): void => this.zoom(ZOOM_STEP);
  zoomOut = (): void => this.zoom(1 / ZOOM_STEP);

  #zoomAt(x: number, y: number, factor: number): void {
    const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, this.#scale * factor));
    const change = scale / this.#scale;
    this.#x = x - (x - this.#x) * change;
    this.#y = y - (y - this.#y) * change;
    this.#scale = scale;
    this.#moved();
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      const { left, top } = this.#host.getBoundingClientRect();
      this.#zoomAt(event.clientX - left, event.clientY - top, Math.exp(-event.deltaY / 240));
      return;
    }
    this.#x -= event.deltaX;
    this.#y -= event.deltaY;
    this.#moved();
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#host.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (other) {
      const { left, top } = this.#host.getBoundingClientRect();
      const factor = distance(now, other) / Math.max(1, distance(before, other));
      this.#zoomAt((now.x + other.x) / 2 - left, (now.y + other.y) / 2 - top, factor);
      return;
    }
    this.#x += now.x - before.x;
    this.#y += now.y - before.y;
    this.#moved();
  }

  #key(event: KeyboardEvent): void {
    const step = {
      ArrowLeft: [1, 0],
      ArrowRight: [-1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    }[event.key];
    if (step) {
      this.#x += (step[0] as number) * KEY_STEP_PX;
      this.#y += (step[1] as number) * KEY_STEP_PX;
      this.#moved();
    } else if (event.key === '+' || event.key === '=') this.zoomIn();
    else if (event.key === '-') this.zoomOut();
    else if (event.key === '0') this.fit();
    else return;
    event.preventDefault();
  }

  #moved(): void {
    this.#isMoved = true;
    this.#apply(false);
  }

  #apply(glides: boolean): void {
    this.#view.classList.toggle('glides', glides);
    this.#view.style.transform = `translate(${this.#x}px, ${this.#y}px) scale(${this.#scale})`;
  }
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

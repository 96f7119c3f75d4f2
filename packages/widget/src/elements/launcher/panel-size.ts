/**
 * Lets the visitor choose the size of a launcher's panel. A button in the chat's header goes between large and usual. So
 * does the handle at the panel's free corner, by Enter or a double click; it is also dragged, and arrow keys move it. The
 * device remembers the size from the first question on. A chunk that the panel loads.
 */
import {html} from 'lit';
import {draw} from '../../styles/icons.ts';
import type {Words} from '../../translations/words.ts';
import {doesNotKeep} from './recall.ts';

interface Options {
  readonly launcher: HTMLElement & {readonly chat: HTMLElementTagNameMap['chatlet-chat'] | null};
  /** Whether something may be written on the device: the visitor has asked. */
  mayKeep(): boolean;
}

/** Pixels that an arrow key moves the handle; with Shift it moves farther. */
const step = 24;
const farStep = 96;
const smallest = {width: 320, height: 400};
/** The styles of the panel keep it inside the window. */
const large = {width: 960, height: 2000};

interface Size {
  readonly width: number;
  readonly height: number;
}

/** For the launcher and for the chat in it. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  .resize {
    position: absolute;
    z-index: 1;
    box-sizing: border-box;
    inline-size: 24px;
    block-size: 24px;
    padding: 0;
    border: 0;
    border-radius: 6px;
    background: none;
    touch-action: none;
  }

  .resize::after {
    content: '';
    position: absolute;
    inset: 8px;
    border-radius: 50%;
    background: var(--_focus);
    opacity: 0;
  }

  .resize:is(:hover, :focus-visible)::after {
    opacity: 1;
  }

  .resize:focus-visible {
    outline: 2px solid var(--_focus);
  }

  /* On a phone the panel fills the window. */
  @media (max-width: 480px), (max-height: 480px) {
    .resize,
    .large {
      display: none;
    }
  }
`);

const arrowsOut = '<path d="M14 4h6v6M20 4l-6 6M10 20H4v-6M4 20l6-6"/>';
const arrowsIn = '<path d="M20 10h-6V4M14 10l6-6M4 14h6v6M10 14l-6 6"/>';

/** A panel whose size the visitor can choose. */
export interface Resizable {
  /** Names the handle and the button in the header. */
  label(words: Pick<Words, 'resize' | 'large'>): void;
}

/** Puts the handle into the panel and gives the panel the size that the device remembers. */
export function makeResizable(panel: HTMLElement, {launcher, mayKeep}: Options): Resizable {
  launcher.shadowRoot?.adoptedStyleSheets.push(sheet);
  const key = `chatlet:launcher:${launcher.id}:size`;
  const handle = document.createElement('button');
  handle.type = 'button';
  handle.className = 'resize';
  panel.append(handle);
  let words: Pick<Words, 'large'> | undefined;
  /** What the button shows. */
  let shown: {readonly isLarge: boolean; readonly label: string} | undefined;

  /** `usual`: the size that the page's styles give. */
  const resize = (size: Size | 'usual') => {
    for (const side of ['width', 'height'] as const) {
      const length = size === 'usual' ? null : `${Math.max(smallest[side], Math.round(size[side]))}px`;
      panel.style.setProperty(`--chatlet-panel-${side}`, length);
    }
    handle.ariaPressed = String(size === large);
    showButton();
  };
  const keep = () => {
    if (!mayKeep()) return;
    const size = handle.ariaPressed === 'true' ? 'large' : panel.style.getPropertyValue('--chatlet-panel-width');
    const kept = size && size !== 'large' ? `${panel.offsetWidth} ${panel.offsetHeight}` : size;
    attempt(launcher, (area) => (kept ? area.setItem(key, kept) : area.removeItem(key)));
  };
  const toggle = () => {
    resize(handle.ariaPressed === 'true' ? 'usual' : large);
    place();
    keep();
  };
  /** Moves the free corner by so many pixels. */
  const move = (from: Size, by: {x: number; y: number}) => {
    const {isLeft, isTop} = freeCorner(launcher);
    resize({width: from.width + (isLeft ? -by.x : by.x), height: from.height + (isTop ? -by.y : by.y)});
  };
  const showButton = () => {
    const {chat} = launcher;
    if (!chat || !words) return;
    const sheets = chat.shadowRoot?.adoptedStyleSheets;
    if (!sheets?.includes(sheet)) sheets?.push(sheet);
    const isLarge = handle.ariaPressed === 'true';
    const label = words.large;
    // Another template would render the chat anew.
    if (chat.panelButton && shown?.isLarge === isLarge && shown.label === label) return;
    shown = {isLarge, label};
    chat.panelButton = html`<button
      class="icon-button large"
      type="button"
      title=${label}
      aria-pressed=${isLarge}
      @click=${toggle}
    >
      ${draw(isLarge ? arrowsIn : arrowsOut)}
    </button>`;
  };
  const place = () => {
    const {isLeft, isTop} = freeCorner(launcher);
    handle.style.inset = `${isTop ? '-10px' : 'auto'} ${isLeft ? 'auto' : '-10px'} ${isTop ? 'auto' : '-10px'} ${isLeft ? '-10px' : 'auto'}`;
    handle.style.cursor = isLeft === isTop ? 'nwse-resize' : 'nesw-resize';
  };
  const present = (): Size => ({width: panel.offsetWidth, height: panel.offsetHeight});

  handle.addEventListener('keydown', (event) => {
    const far = event.shiftKey ? farStep : step;
    const by = {
      ArrowLeft: {x: -far, y: 0},
      ArrowRight: {x: far, y: 0},
      ArrowUp: {x: 0, y: -far},
      ArrowDown: {x: 0, y: far},
    }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    move(present(), by);
    keep();
  });
  // A key's click has no count.
  handle.addEventListener('click', ({detail}) => detail === 0 && toggle());
  handle.addEventListener('dblclick', toggle);
  handle.addEventListener('pointerdown', (start) => {
    const from = present();
    handle.setPointerCapture(start.pointerId);
    handle.onpointermove = ({clientX, clientY}) => move(from, {x: clientX - start.clientX, y: clientY - start.clientY});
    handle.onlostpointercapture = () => {
      handle.onpointermove = null;
      keep();
    };
  });
  handle.addEventListener('focus', place);
  panel.addEventListener('toggle', place);
  // What was chosen before the first question is kept with it.
  panel.addEventListener('chatlet-send', keep);

  const kept = attempt(launcher, (area) => area.getItem(key)) ?? '';
  const [width, height] = kept.split(' ').map(Number);
  if (kept === 'large') resize(large);
  else if (width !== undefined && height !== undefined && width > 0 && height > 0) resize({width, height});
  place();
  return {
    label(now) {
      words = now;
      handle.title = now.resize;
      showButton();
    },
  };
}

/** The corner that is away from the place where the panel is fixed. */
function freeCorner(launcher: HTMLElement): {readonly isLeft: boolean; readonly isTop: boolean} {
  const position = launcher.getAttribute('position') ?? 'bottom-end';
  const isRtl = getComputedStyle(launcher).direction === 'rtl';
  const isFixedLeft =
    position.endsWith('left') || (position.endsWith('start') ? !isRtl : !position.endsWith('right') && isRtl);
  return {isLeft: !isFixedLeft, isTop: !position.startsWith('top')};
}

/** Undefined if the page allows no storage, or the browser denies it. */
function attempt<Result>(launcher: HTMLElement, use: (area: Storage) => Result): Result | undefined {
  try {
    if (launcher.matches(doesNotKeep)) return undefined;
    return use(launcher.getAttribute('storage') === 'session' ? sessionStorage : localStorage);
  } catch {
    return undefined;
  }
}

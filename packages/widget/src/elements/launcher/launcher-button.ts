/**
 * The launcher's button, which fetches the code of its panel when somebody is about to need it. A plain element that knows
 * neither Lit nor the panel, because the script tag shows it before it fetches either.
 */
import type {Api} from '../../client/backends.ts';
import type {HeadersSource, TokenSource} from '../../client/http-transport.ts';
import type {PageTool} from '../../client/page-tool.ts';
import type {StorageMode} from '../../client/storage.ts';
import type {ChatTransport} from '../../client/transport.ts';
import {localeOf} from '../../controllers/locale.ts';
import type {Renderers} from '../../markdown/index.ts';
import {iconPaths} from '../../styles/icon-paths.ts';
import {plainIcon} from '../../styles/plain-icon.ts';
import {openWordFor} from '../../translations/open-words.ts';
import type {OwnWords} from '../../translations/words.ts';
import {watchBottomBar} from './bottom-bar.ts';
import {launcherStyles} from './launcher.styles.ts';
import {recall} from './recall.ts';
import {properties} from './properties.ts';

type Chat = HTMLElementTagNameMap['chatlet-chat'];

/** The panel, as far as its button knows it. */
export interface Panel {
  /** The launcher's own chat; undefined if the page has put one in. */
  readonly chat: Chat | undefined;
  /** With `quietly` the focus stays where it is. */
  open(options: {quietly: boolean}): void;
  close(): void;
  /** Takes the chat that the page has put in, or makes one, also if the panel is closed. */
  fill(): void;
  /** Writes the button's name and mark, in words that the button itself does not have. */
  label(): void;
}

/** What a panel gets of its launcher. */
export interface PanelParts {
  readonly launcher: LauncherButton;
  readonly button: HTMLButtonElement;
}

export interface PanelModule {
  readonly createPanel: (parts: PanelParts) => Panel;
}

/** Pages that are rendered on a server import this class too, and there is no HTMLElement. */
const Base = typeof HTMLElement === 'undefined' ? (Object as unknown as typeof HTMLElement) : HTMLElement;

export class LauncherButton extends Base {
  static readonly observedAttributes = ['open', 'offset-x', 'offset-y', 'lang'];

  /**
   * Fetches the code of the panel and its chat.
   * @internal
   */
  static loadPanel: () => Promise<PanelModule>;

  readonly #button = create('button');
  readonly #placement = new CSSStyleSheet();
  #panel: Panel | undefined;
  #barHeight = 0;
  #isRestoring = false;
  #leave: (() => void) | undefined;

  declare endpoint: string | undefined;
  declare api: Api | undefined;
  declare historyLimit: number | undefined;
  declare answerCache: boolean | undefined;
  declare model: string | undefined;
  declare heading: string | undefined;
  declare subheading: string | undefined;
  declare greeting: string | undefined;
  declare introduction: string | undefined;
  declare aiNotice: string | undefined;
  declare placeholder: string | undefined;
  declare disclaimer: string | undefined;
  declare theme: 'light' | 'dark' | undefined;
  declare pageFont: boolean | undefined;
  declare history: 'auto' | 'drawer' | 'off' | undefined;
  declare math: boolean | undefined;
  declare contact: string | undefined;
  declare search: boolean | undefined;
  declare section: string | undefined;
  declare retrieval: boolean | undefined;
  declare starters: readonly string[] | undefined;
  declare credentials: RequestCredentials | undefined;
  declare storage: StorageMode | undefined;
  declare consent: 'required' | 'granted' | undefined;
  declare temporary: boolean | undefined;
  declare webmcp: 'take' | 'offer' | 'both' | undefined;
  declare token: TokenSource | undefined;
  declare headers: HeadersSource;
  declare renderers: Renderers | undefined;
  declare strings: OwnWords | undefined;
  declare tools: readonly PageTool[] | undefined;
  declare transport: ChatTransport | undefined;

  static {
    // Frameworks ask whether an element has a property before they set it. The panel reads what was set by then, and
    // hands on what is set from then on.
    for (const name of properties satisfies readonly (keyof LauncherButton)[])
      Reflect.set(this.prototype, name, undefined);
  }

  constructor() {
    super();
    const styles = new CSSStyleSheet();
    styles.replaceSync(launcherStyles);
    const root = this.attachShadow({mode: 'open'});
    root.adoptedStyleSheets = [styles, this.#placement];
    const button = this.#button;
    button.className = 'launcher';
    button.type = 'button';
    button.popover = 'manual';
    button.part.value = 'launcher';
    const mark = create('slot');
    mark.name = 'icon';
    mark.append(plainIcon(iconPaths.chat));
    button.append(mark);
    root.append(button, create('slot'));
    button.onclick = () => this.toggle();
    // Whoever points at it is about to open it: the chat fetches what it shows. If that fails, opening it says so.
    button.onpointerenter = button.onfocus = () => this.#fill();
  }

  connectedCallback(): void {
    const button = this.#button;
    // A browser without a top layer cannot show the panel, so it gets no button either.
    if (!button.showPopover) return;
    // Set before the element was defined, which has hidden the accessor since then.
    if (Object.hasOwn(this, 'open')) {
      const {open} = this;
      delete (this as {open?: boolean}).open;
      this.open = open;
    }
    if (this.theme) this.setAttribute('theme', this.theme);
    const stopWatching = watchBottomBar(button, (height) => {
      this.#barHeight = height;
      this.#place();
    });
    const language = new MutationObserver(() => this.#label());
    language.observe(document.documentElement, {attributeFilter: ['lang']});
    this.#leave = () => {
      stopWatching();
      language.disconnect();
    };
    button.showPopover();
    this.#place();
    this.#label();
    // Removing an element closes its popovers, also if the page only moves it.
    if (this.open) this.#panel?.open({quietly: true});
    // In a task of its own: the first look at the storage takes as long as to make the button.
    else setTimeout(() => this.#restore());
  }

  /** Goes on as the page before has left it. */
  #restore(): void {
    const remembered = this.isConnected ? recall(this) : '';
    if (/open/.test(remembered) && innerWidth > 480 && innerHeight > 480) {
      this.#isRestoring = true;
      this.open = true;
      this.#isRestoring = false;
    } else if (/answering|unread/.test(remembered) || (this.hasAttribute('webmcp') && 'modelContext' in document))
      this.#fill();
  }

  disconnectedCallback(): void {
    this.#leave?.();
  }

  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (name !== 'open') this.#place();
    else if (value === null) this.#panel?.close();
    else if (before === null) void this.#open();
    this.#label();
  }

  /** Whether the panel is open. */
  get open(): boolean {
    return this.hasAttribute('open');
  }
  set open(open: boolean) {
    this.toggleAttribute('open', open);
  }

  /** The chat in the panel: the page's own, or the launcher's after it was first opened. */
  get chat(): Chat | null {
    return this.querySelector<Chat>(':scope > chatlet-chat') ?? this.#panel?.chat ?? null;
  }

  /** Opens the panel and puts the focus in the composer. */
  show(): void {
    this.open = true;
  }

  /** Closes the panel. An answer that is being written goes on. */
  hide(): void {
    this.open = false;
  }

  /** Opens the panel if it is closed, and closes it if it is open. */
  toggle(): void {
    this.open = !this.open;
  }

  /** Lets the model call a function of the page, until its `signal` aborts. */
  registerTool<Input>(tool: PageTool<Input>): void {
    this.tools = (this.tools ?? []).concat(tool);
  }

  #fill(): void {
    this.#load().then(
      (panel) => panel.fill(),
      () => {},
    );
  }

  async #load(): Promise<Panel> {
    const {createPanel} = await LauncherButton.loadPanel();
    return (this.#panel ??= createPanel({launcher: this, button: this.#button}));
  }

  async #open(): Promise<void> {
    // An element that comes open with its page does not take the focus.
    const quietly = this.#isRestoring || !this.#leave;
    const button = this.#button;
    button.ariaBusy = 'true';
    try {
      const panel = await this.#load();
      if (this.open) panel.open({quietly});
    } catch (error) {
      console.error('Chatlet: the code of the chat cannot be fetched.', error);
      this.hide();
    }
    button.ariaBusy = null;
  }

  #place(): void {
    const offsets = ['x', 'y'].map((axis) => {
      const offset = this.getAttribute(`offset-${axis}`);
      return offset ? `--_${axis}:${offset}${/\d$/.test(offset) ? 'px' : ''};` : '';
    });
    this.#placement.replaceSync(`:host{${offsets.join('')}--_bar:${this.#barHeight}px}`);
  }

  #label(): void {
    this.#button.ariaExpanded = String(this.open);
    if (this.#panel) this.#panel.label();
    else this.#button.ariaLabel = this.strings?.open ?? openWordFor(localeOf(this));
  }
}

const create = <Tag extends 'button' | 'slot'>(tag: Tag) => document.createElement(tag);

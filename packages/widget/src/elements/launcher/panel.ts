/** The panel of a launcher, with the chat in it. */
import {ChatActionEvent, ChatCloseEvent, ChatOpenEvent} from '../../events.ts';
import {localeOf} from '../../controllers/locale.ts';
import {loadTranslation, wordsFor} from '../../translations/index.ts';
import {replaceWords} from '../../translations/own-words.ts';
import type {Words} from '../../translations/words.ts';
import {iconPaths} from '../../styles/icon-paths.ts';
import {plainIcon} from '../../styles/plain-icon.ts';
import {isForLauncher} from '../chat/actions.ts';
import {chatParts} from '../parts.ts';
import {handOn} from './hand-on.ts';
import type {Panel, PanelParts} from './launcher-button.ts';
import {PanelMemory} from './panel-memory.ts';
import type {Resizable} from './panel-size.ts';
import {panelStyles} from './panel.styles.ts';

type Chat = HTMLElementTagNameMap['chatlet-chat'];

export function createPanel({launcher, button}: PanelParts): Panel {
  const panel = document.createElement('div');
  const slot = document.createElement('slot');
  const cross = plainIcon(iconPaths.close);
  const dot = document.createElement('span');
  const aiNotice = document.createElement('span');
  const memory = new PanelMemory(launcher);
  let made: Chat | undefined;
  let resizable: Resizable | undefined;
  let locale: string | undefined;
  let shown: Words | undefined;
  let name: string | undefined;
  panel.className = 'panel';
  panel.part.value = 'panel';
  panel.popover = 'manual';
  panel.role = 'dialog';
  dot.className = 'unread';
  aiNotice.id = 'ai-notice';
  aiNotice.hidden = true;
  panel.setAttribute('aria-describedby', aiNotice.id);
  slot.name = 'chat';
  panel.append(aiNotice, slot);
  button.append(cross, dot);
  const root = launcher.shadowRoot;
  if (panelStyles.styleSheet) root?.adoptedStyleSheets.push(panelStyles.styleSheet);
  button.after(panel);
  // Content of the launcher may come later than this code.
  root?.addEventListener('slotchange', adopt);
  import('../chat/lazy-parts.ts').then(
    ({warnOfMistakes}) => warnOfMistakes(launcher),
    // The chunk could not be fetched: a wrong value counts as none, as it does with the advice.
    () => {},
  );
  const giveProperties = handOn(launcher, () => label());

  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    launcher.hide();
  });
  panel.addEventListener(ChatActionEvent.type, (event) => {
    const {action} = event;
    if (!isForLauncher(action)) return;
    event.stopPropagation();
    if (action.type === 'close') launcher.hide();
    else if (action.type === 'words') {
      shown = action.words;
      name = action.heading;
      aiNotice.textContent = action.aiNotice ?? '';
      label();
    }
    // The answer that was being written on the page before has ended in the meantime.
    else if (memory.is('answering') && action.answered) endAnswer({answered: true});
  });
  panel.addEventListener('chatlet-send', () => {
    memory.set('asked', true);
    memory.set('answering', true);
  });
  panel.addEventListener('chatlet-answered', () => endAnswer({answered: true}));
  panel.addEventListener('chatlet-stopped', () => endAnswer({answered: false}));
  panel.addEventListener('chatlet-error', () => endAnswer({answered: false}));

  import('./panel-size.ts').then(
    ({makeResizable}) => {
      resizable = makeResizable(panel, {launcher, mayKeep: () => memory.is('asked')});
      label();
    },
    // The chunk could not be fetched: the panel keeps its usual size.
    () => {},
  );

  function endAnswer({answered}: {answered: boolean}): void {
    memory.set('answering', false);
    if (answered && !launcher.open) memory.set('unread', true);
    label();
  }

  function fill(): Chat | null {
    adopt();
    if (!launcher.chat) {
      const chat = document.createElement('chatlet-chat');
      made = chat;
      chat.setAttribute('exportparts', chatParts);
      giveProperties(chat);
      chat.closable = true;
      slot.append(chat);
    }
    return launcher.chat;
  }

  /** Takes a chat that the page has put in, and gives it a button to close the panel. */
  function adopt(): void {
    const own = launcher.querySelector<Chat>(':scope > chatlet-chat');
    if (!own) return;
    own.slot = 'chat';
    own.closable = true;
  }

  /** Those of the chat, as soon as there is one: it knows the server's, too. */
  function words(): Words {
    if (shown) return shown;
    const now = localeOf(launcher);
    if (now !== locale) {
      locale = now;
      void loadTranslation(now).then(() => label());
    }
    return replaceWords(wordsFor(now), {}, launcher.strings);
  }

  function label(): void {
    const {open, close, unread, heading} = words();
    panel.ariaLabel = name ?? launcher.heading ?? heading;
    resizable?.label(words());
    const isUnread = memory.is('unread') && !launcher.open;
    button.ariaLabel = launcher.open ? close : isUnread ? `${open}. ${unread}` : open;
    button.querySelector('slot')?.toggleAttribute('hidden', launcher.open);
    cross.toggleAttribute('hidden', !launcher.open);
    dot.hidden = !isUnread;
  }

  label();
  return {
    label,
    get chat() {
      return made;
    },
    fill,
    open({quietly}) {
      const isMoved = memory.is('open');
      memory.set('open', true);
      memory.set('unread', false);
      const chat = fill();
      if (launcher.isConnected) panel.showPopover();
      if (!quietly) void chat?.updateComplete.then(() => launcher.open && chat.focus());
      if (!isMoved || !quietly) launcher.dispatchEvent(new ChatOpenEvent());
    },
    close() {
      const tree = launcher.getRootNode();
      const active = tree instanceof Document || tree instanceof ShadowRoot ? tree.activeElement : null;
      const within = active === launcher || launcher.contains(active);
      memory.set('open', false);
      if (launcher.isConnected) panel.hidePopover();
      if (within) button.focus();
      launcher.dispatchEvent(new ChatCloseEvent());
    },
  };
}

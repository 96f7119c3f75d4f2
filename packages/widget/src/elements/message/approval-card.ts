/**
 * The card on which a visitor allows or refuses a call of a tool: what will happen, with which input, and the answers. A
 * chunk that a message loads when a call waits; plain DOM, because with Lit in it every page would load more. Knows no
 * server: it waits for the result of its action.
 */
import {ChatError, isObject} from '@chatlet/protocol';
import type {Json, ToolApproval, ToolPart} from '@chatlet/protocol';
import type {ChatAction} from '../../events.ts';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {approvalCardStyles} from './approval-card.styles.ts';

export interface ApprovalCard {
  readonly part: ToolPart;
  /** The id of the answer. */
  readonly messageId: string;
  readonly words: Words;
  /** Resolves when the server has taken the answer; rejects with a ChatError if it has not. */
  perform(action: ChatAction): Promise<unknown>;
}

const putStyles = makeStyles(approvalCardStyles);

/** Makes the card for `root`. Text from the model is shown as text, never as HTML. */
export function createApprovalCard(root: ShadowRoot, {part, messageId, words, perform}: ApprovalCard): HTMLElement {
  putStyles(root);
  const {callId, name, input, wait} = part;
  const status = makeElement('p', {role: 'status'});
  const shown = makeElement('div', {}, listInput(input));
  const reason = makeElement('input', {type: 'text', maxlength: '2000', dir: 'auto'});
  const reasonField = makeElement('label', {hidden: ''}, words.refusalReason, reason);
  let editor: HTMLTextAreaElement | undefined;
  let isBusy = false;

  const answer = async (approval: ToolApproval): Promise<void> => {
    if (isBusy) return;
    const edited = approval === 'refused' ? undefined : readEdited();
    if (edited === null) {
      status.textContent = words.notJson;
      editor?.focus();
      return;
    }
    isBusy = true;
    card.setAttribute('aria-busy', 'true');
    status.textContent = words.loading;
    const said = reason.value.trim();
    try {
      await perform({
        type: 'answer-tool',
        messageId,
        callId,
        reply: {
          approval,
          ...(edited && {input: edited.value}),
          ...(approval === 'refused' && said !== '' && {reason: said}),
        },
      });
    } catch (error) {
      const isTaken = error instanceof ChatError && error.code === 'conflict';
      status.textContent = isTaken ? words.answeredElsewhere : words.notSent;
    }
    isBusy = false;
    card.removeAttribute('aria-busy');
  };

  /** The input that the visitor has changed; undefined if it is as it was, null if it cannot be read. */
  const readEdited = (): {value: Json} | undefined | null => {
    if (!editor || editor.value === printInput(input)) return undefined;
    try {
      return {value: JSON.parse(editor.value) as Json};
    } catch {
      // A half-written text is no mistake of ours; the visitor is told.
      return null;
    }
  };

  const edit = button(words.changeInput, () => {
    editor = document.createElement('textarea');
    editor.setAttribute('aria-label', words.toolInput);
    editor.dir = 'ltr';
    editor.spellcheck = false;
    editor.value = printInput(input);
    editor.rows = Math.min(12, editor.value.split('\n').length + 1);
    shown.replaceChildren(editor);
    edit.remove();
    editor.focus();
  });
  edit.className = 'link';

  const refuse = button(words.refuseTool, () => {
    // The first press asks for a reason, which may stay empty.
    if (reasonField.hidden) {
      reasonField.hidden = false;
      reason.focus();
    } else void answer('refused');
  });
  reason.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.isComposing) void answer('refused');
  });

  const once = button(words.approveOnce, () => void answer('once'));
  once.className = 'button primary';
  const question = makeElement('p', {class: 'ask', id: `approve-${callId}`}, words.approveTool(name));
  const card = makeElement(
    'div',
    {
      class: wait?.destructive ? 'approval destructive' : 'approval',
      part: 'approval',
      role: 'group',
      'aria-labelledby': question.id,
    },
    question,
    ...(wait?.destructive ? [makeElement('p', {class: 'warning'}, words.approveDestructive)] : []),
    shown,
    makeElement('p', {}, edit),
    reasonField,
    makeElement(
      'div',
      {class: 'answers'},
      once,
      button(words.approveInChat, () => void answer('chat')),
      refuse,
    ),
    status,
  );
  return card;
}

/** The input as a list of names and values; as text if it is no object. */
function listInput(input: Json): HTMLElement {
  if (!isObject(input)) return makeElement('p', {dir: 'auto'}, printInput(input));
  const rows = Object.entries(input).flatMap(([name, value]) => [
    makeElement('dt', {}, name),
    makeElement('dd', {dir: 'auto'}, typeof value === 'string' ? value : printInput(value as Json)),
  ]);
  return makeElement('dl', {}, ...rows);
}

function printInput(input: Json): string {
  return JSON.stringify(input, undefined, 2);
}

function button(text: string, onClick: () => void): HTMLButtonElement {
  const made = makeElement('button', {class: 'button', type: 'button'}, text);
  made.addEventListener('click', onClick);
  return made;
}

/**
 * The card on which a visitor allows or refuses a call of a tool: what will happen, with which input, and the answers. A
 * chunk that a message loads when a call waits; plain DOM, because with Lit in it every page would load more. Knows no
 * server: it waits for the result of its action.
 */
import {isObject} from '@chatlet/protocol';
import type {ApprovalOption, Json, ToolApproval} from '@chatlet/protocol';
import {makeElement} from '../make-element.ts';
import {type WaitingCard, endInTime, makeButton, makeTerm, onEnter, putCardStyles, sendReply} from './card-parts.ts';

/** Makes the card for `root`. Text from the model is shown as text, never as HTML. */
export function createApprovalCard(root: ShadowRoot, call: WaitingCard): HTMLElement {
  const {part, words} = call;
  putCardStyles(root);
  const {callId, name, input, wait} = part;
  const approval = wait?.ask === 'approval' ? wait : undefined;
  const takes = (option: ApprovalOption) => approval?.options?.includes(option) ?? true;
  const status = makeElement('p', {role: 'status'});
  const shown = makeElement('div', {}, listInput(input));
  const reason = makeElement('input', {type: 'text', maxlength: '2000', dir: 'auto'});
  const reasonField = makeElement('label', {hidden: ''}, words.refusalReason, reason);
  let editor: HTMLTextAreaElement | undefined;

  const answer = async (given: ToolApproval): Promise<void> => {
    const edited = given === 'refused' ? undefined : readEdited();
    if (edited === null) {
      status.textContent = words.notJson;
      editor?.focus();
      return;
    }
    const said = reason.value.trim();
    const reply = {
      approval: given,
      ...(edited && {input: edited.value}),
      ...(given === 'refused' && said !== '' && {reason: said}),
    };
    await sendReply(call, reply, {card, status});
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

  const startEditing = () => {
    editor = document.createElement('textarea');
    editor.setAttribute('aria-label', words.toolInput);
    editor.dir = 'ltr';
    editor.spellcheck = false;
    editor.value = printInput(input);
    editor.rows = Math.min(12, editor.value.split('\n').length + 1);
    shown.replaceChildren(editor);
    edit.remove();
    editor.focus();
  };
  const edit = makeButton(words.changeInput, startEditing, 'link');

  const refuse = makeButton(words.refuseTool, () => {
    // The first press asks for a reason, which may stay empty.
    if (reasonField.hidden && takes('reason')) {
      reasonField.hidden = false;
      reason.focus();
    } else void answer('refused');
  });
  onEnter(reason, () => void answer('refused'));

  const question = makeElement(
    'p',
    {class: 'ask', id: `approve-${callId}`},
    approval?.message ?? words.approveTool(name),
  );
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
    ...(takes('input') ? [makeElement('p', {}, edit)] : []),
    reasonField,
    makeElement(
      'div',
      {class: 'answers'},
      makeButton(words.approveOnce, () => void answer('once'), 'button primary'),
      ...(takes('chat') ? [makeButton(words.approveInChat, () => void answer('chat'))] : []),
      refuse,
    ),
    status,
    makeTerm(call),
  );
  endInTime({card, status}, call);
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

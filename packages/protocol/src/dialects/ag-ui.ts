/** AG-UI: events with types in capitals, ended by `RUN_FINISHED`. The agent gets its state back; steps are skipped. */
import {readClosing} from '../closing.ts';
import type {Decoder, Dialect} from '../dialect.ts';
import type {ChatEvent, EndReason} from '../event.ts';
import {toErrorEvent} from '../foreign-error.ts';
import {asJson, asNumber, asString, asText, isObject} from '../json.ts';
import type {Json, UncheckedObject} from '../json.ts';
import {agUiEncoder} from './ag-ui-encoder.ts';
import {readInterrupt} from './ag-ui-interrupts.ts';
import {AgUiRunRecord} from './ag-ui-run.ts';
import {sourceEvent, usageDetails} from './fields.ts';
import {citationEvent} from './own-fields.ts';
import {jsonFrames} from './json-frames.ts';
import {pushCall, toolInput} from './tool-input.ts';

/** The events of AG-UI. */
export const agUi: Dialect = {
  name: 'ag-ui',
  contentType: 'text/event-stream; charset=utf-8',
  decoder: agUiDecoder,
  encoder: (context) => agUiEncoder(context),
};

export function agUiDecoder(): Decoder {
  const pendingCalls = new Map<string, {name: string; text: string; parentId: string | undefined}>();
  const seenCalls = new Set<string>();
  const seenResults = new Set<string>();
  /** The texts of the agent by the ids of their messages. */
  const texts = new Map<string, string>();
  /** Messages that somebody else wrote, such as the question. */
  const foreign = new Set<string>();
  const run = new AgUiRunRecord();
  let thoughts = '';
  let currentCall = '';
  let currentMessage = '';
  /** The message whose text came last, if nothing else has come since. */
  let openText: string | undefined;
  let hasStarted = false;

  const start = (messageId: string | undefined, out: ChatEvent[]): void => {
    if (hasStarted || messageId === undefined) return;
    hasStarted = true;
    out.push({type: 'message-start', messageId, model: ''});
  };
  /** Messages are paragraphs. */
  const say = (id: string, delta: string, out: ChatEvent[]): void => {
    if (delta === '') return;
    if (openText !== undefined && openText !== id) out.push({type: 'text-delta', delta: '\n\n'});
    openText = id;
    texts.set(id, `${texts.get(id) ?? ''}${delta}`);
    run.say('assistant', id, delta);
    out.push({type: 'text-delta', delta});
  };
  const think = (id: string, delta: string, out: ChatEvent[]): void => {
    if (delta === '') return;
    openText = undefined;
    thoughts += delta;
    run.say('reasoning', id, delta);
    out.push({type: 'reasoning-delta', delta});
  };
  const beginCall = (event: UncheckedObject, out: ChatEvent[]): void => {
    const callId = asString(event['toolCallId']);
    const name = asString(event['toolCallName']);
    if (callId === undefined || name === undefined || pendingCalls.has(callId)) return;
    const parentId = asString(event['parentMessageId']);
    start(parentId, out);
    pendingCalls.set(callId, {name, text: '', parentId});
  };
  // Only the first chunk of a call must have its id; the others belong to the call before them.
  const growCall = (event: UncheckedObject): void => {
    currentCall = asString(event['toolCallId']) ?? currentCall;
    const pending = pendingCalls.get(currentCall);
    if (pending !== undefined) pending.text += asText(event['delta']);
  };
  const pushSeen = (callId: string, {name, text}: {name: string; text: string}, out: ChatEvent[]): void => {
    openText = undefined;
    seenCalls.add(callId);
    pushCall({callId, name, ...toolInput(text)}, out);
  };
  const emitCall = (callId: string, out: ChatEvent[]): void => {
    const pending = pendingCalls.get(callId);
    if (pending === undefined) return;
    pendingCalls.delete(callId);
    run.call({id: callId, name: pending.name, input: pending.text}, pending.parentId);
    pushSeen(callId, pending, out);
  };
  const emitCalls = (out: ChatEvent[]): void => {
    for (const callId of pendingCalls.keys()) emitCall(callId, out);
  };
  const emitResult = (callId: string, output: Json, out: ChatEvent[], failed = false): void => {
    openText = undefined;
    seenResults.add(callId);
    out.push({type: 'tool-result', callId, output, ...(failed && {failed})});
  };

  /** Says what a whole message has and its pieces did not say. */
  const sayMissing = (id: string, text: string, out: ChatEvent[]): void => {
    const last = openText === undefined ? undefined : texts.get(openText);
    // Some agents name a message in another way while they write it.
    const known = texts.has(id) ? id : last !== undefined && text.startsWith(last) ? openText : undefined;
    const said = known === undefined ? undefined : texts.get(known);
    if (known === undefined || said === undefined) {
      if (![...texts.values()].includes(text)) say(id, text, out);
    } else if (known === openText && text.startsWith(said)) {
      say(known, text.slice(said.length), out);
    } else if (known === openText) {
      out.push({type: 'text-reset'});
      texts.delete(known);
      say(known, text, out);
    }
  };
  /** Reads the messages of the conversation after the last question: those of this run. */
  const readSnapshot = (value: unknown, out: ChatEvent[]): void => {
    const all = Array.isArray(value) ? value.filter(isObject) : [];
    const fresh = all.slice(all.findLastIndex(({role}) => role === 'user') + 1);
    emitCalls(out);
    for (const message of fresh) {
      const id = asString(message['id']) ?? '';
      const text = asText(message['content']);
      if (message['role'] === 'reasoning' && !thoughts.includes(text)) think(id, text, out);
      if (message['role'] === 'tool') {
        const callId = asString(message['toolCallId']) ?? '';
        const error = asString(message['error']);
        const output = error ?? asJson(message['content']);
        if (!seenResults.has(callId)) emitResult(callId, output, out, error !== undefined);
      }
      if (message['role'] !== 'assistant') continue;
      start(id, out);
      sayMissing(id, text, out);
      for (const call of Array.isArray(message['toolCalls']) ? message['toolCalls'].filter(isObject) : []) {
        const callId = asString(call['id']) ?? '';
        const called = isObject(call['function']) ? call['function'] : {};
        const [name, input] = [asText(called['name']), asText(called['arguments'])];
        if (!seenCalls.has(callId)) pushSeen(callId, {name, text: input}, out);
      }
    }
    if (fresh.length > 0) run.replace(fresh);
  };
  /** Says in words what a person reads but can answer by no card. */
  const sayQuestion = (interrupt: UncheckedObject, out: ChatEvent[]): void => {
    const id = asString(interrupt['id']) ?? '';
    run.interrupt({id});
    const before = openText === undefined ? '' : '\n\n';
    const question = asText(interrupt['message']) || asText(interrupt['reason']);
    if (question !== '') out.push({type: 'text-delta', delta: before + question});
    openText = id;
  };
  const readOutcome = (outcome: unknown, out: ChatEvent[]): EndReason => {
    if (!isObject(outcome)) return 'stop';
    const {type, interrupts, pendingToolCallIds: pending} = outcome;
    const waits: ChatEvent[] = [];
    for (const interrupt of Array.isArray(interrupts) ? interrupts.filter(isObject) : []) {
      const asked = readInterrupt(interrupt, {isCalled: (callId) => seenCalls.has(callId) && !seenResults.has(callId)});
      if (asked === undefined) {
        sayQuestion(interrupt, out);
        continue;
      }
      const {callId, name, wait, kept} = asked;
      run.interrupt(kept);
      if (name !== undefined) waits.push({type: 'tool-call', callId, name, input: {}});
      waits.push({type: 'tool-wait', callId, wait});
    }
    out.push(...waits);
    if (waits.length > 0) return 'tool-calls';
    if (type === 'cancelled') return 'stopped';
    return Array.isArray(pending) && pending.length > 0 ? 'tool-calls' : 'stop';
  };
  const emitMetadata = (out: ChatEvent[]): void => {
    // What the run waits for comes behind the rest, so that it stands behind all parts of the run.
    for (const metadata of [run.toMetadata(), run.toOpenQuestions()]) {
      if (metadata !== undefined) out.push({type: 'reasoning-metadata', providerMetadata: {'ag-ui': metadata}});
    }
  };

  return jsonFrames({
    read(event, out) {
      const delta = asText(event['delta']);
      const callId = asString(event['toolCallId']) ?? '';
      const messageId = asString(event['messageId']);
      switch (event['type']) {
        case 'TEXT_MESSAGE_START':
        case 'TEXT_MESSAGE_CHUNK':
        case 'TEXT_MESSAGE_CONTENT': {
          currentMessage = messageId ?? currentMessage;
          if ((asString(event['role']) ?? 'assistant') !== 'assistant') foreign.add(currentMessage);
          if (foreign.has(currentMessage)) return;
          start(messageId, out);
          say(currentMessage, delta, out);
          return;
        }
        case 'REASONING_MESSAGE_CONTENT':
        case 'REASONING_MESSAGE_CHUNK':
        case 'THINKING_TEXT_MESSAGE_CONTENT':
          think(messageId ?? 'thought', delta, out);
          return;
        case 'REASONING_ENCRYPTED_VALUE':
          run.sign(asString(event['entityId']) ?? '', asText(event['encryptedValue']));
          return;
        case 'TOOL_CALL_START':
          beginCall(event, out);
          currentCall = callId;
          return;
        case 'TOOL_CALL_ARGS':
          growCall(event);
          return;
        case 'TOOL_CALL_CHUNK':
          beginCall(event, out);
          growCall(event);
          return;
        case 'TOOL_CALL_END':
          emitCall(callId, out);
          return;
        case 'TOOL_CALL_RESULT': {
          const content = asJson(event['content'] ?? '');
          emitCall(callId, out);
          run.result(messageId ?? `${callId}_result`, callId, content);
          emitResult(callId, content, out);
          return;
        }
        case 'STATE_SNAPSHOT':
          run.change({snapshot: asJson(event['snapshot'])});
          return;
        case 'STATE_DELTA':
          run.change({delta: asJson(event['delta'])});
          return;
        case 'MESSAGES_SNAPSHOT':
          readSnapshot(event['messages'], out);
          return;
        case 'CUSTOM': {
          const {name, value} = event;
          if (!isObject(value)) return;
          const told = name === 'source' ? sourceEvent(value) : name === 'citation' ? citationEvent(value) : undefined;
          if (told !== undefined) out.push(told);
          return;
        }
        case 'RUN_FINISHED': {
          emitCalls(out);
          const reason = readOutcome(event['outcome'], out);
          emitMetadata(out);
          readUsage(event['usage'], out);
          out.push({type: 'message-end', reason, ...readClosing(event['result'])});
          return;
        }
        case 'RUN_ERROR': {
          const code = asString(event['code']);
          emitMetadata(out);
          readUsage(event['usage'], out);
          out.push(toErrorEvent({message: asString(event['message']), words: code === undefined ? [] : [code]}));
          return;
        }
        default:
        // Steps, activities and subagents stand beside the conversation.
      }
    },
    end: emitMetadata,
  });
}

/** Reads the usage: one object, or one for each model that took part. */
function readUsage(value: unknown, out: ChatEvent[]): void {
  const figures = Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : [];
  if (figures.length === 0) return;
  let promptTokens = 0;
  let completionTokens = 0;
  for (const figure of figures) {
    promptTokens += asNumber(figure['inputTokens']) ?? 0;
    completionTokens += asNumber(figure['outputTokens']) ?? 0;
  }
  const details = usageDetails(figures.length === 1 ? (figures[0] ?? {}) : {});
  out.push({type: 'usage', promptTokens, completionTokens, ...details});
}

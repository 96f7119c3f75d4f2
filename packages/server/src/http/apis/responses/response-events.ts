/**
 * Writes an answer as a response of OpenAI's Responses API: its events, and the response itself. Both come from the same
 * steps, so a response that is read later is equal to the one at the end of its stream. Each event of ours gives the same
 * text wherever a batch ends, so a stream that is read again from any number on has the same bytes. Knows no store.
 */
import {
  type ChatEvent,
  type EndReason,
  type Json,
  type JsonObject,
  type PlacedEvent,
  type ProviderMetadata,
  type SourceEvent,
  type ToolApproval,
  type ToolCallEvent,
  type ToolResultEvent,
  inputTextOf,
  openaiErrorWords,
  placedCitations,
  startOfCited,
} from '@chatlet/protocol';
import {outputItemId, requestPrefix} from './ids.ts';
import {seal} from './reasoning-seal.ts';
import {labelIn} from './server-tools.ts';

export interface ResponseFacts {
  /** `resp_…` */
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly settings: JsonObject;
  readonly sealsReasoning: boolean;
}

export interface ResponseEvents {
  /** Writes the events of ours, except for those that the reader has. */
  encode(events: readonly ChatEvent[]): string;
  /** The response as it is now. */
  response(): JsonObject;
  /** The calls that wait for an approval, or waited: their ids by those of their items. */
  requests(): ReadonlyMap<string, string>;
  /** The event that ends the stream, with this number. */
  closing(number: number): string;
}

/** A message or the reasoning, while it is written. */
interface OpenItem {
  readonly kind: 'message' | 'reasoning';
  readonly id: string;
  readonly index: number;
  /** An event with a piece of its text, up to that piece. */
  readonly beforeDelta: string;
  text: string;
  annotations: Json[];
  providerMetadata?: ProviderMetadata;
}

/** A call of a tool of this server that is no item yet. */
interface OpenCall {
  readonly call: ToolCallEvent;
  waits?: boolean;
  approval?: ToolApproval;
  result?: ToolResultEvent;
}

type ToolEvent = Extract<PlacedEvent, {type: 'tool-call' | 'tool-wait' | 'tool-approval' | 'tool-result'}>;

type WordsEvent = Extract<
  PlacedEvent,
  {type: 'text-delta' | 'reasoning-delta' | 'source' | 'placed-citation' | 'reasoning-metadata' | 'text-reset'}
>;

/** A call that an earlier response has asked for, and that somebody has answered, waits no more. */
function isAsked({call, waits, approval}: OpenCall): boolean {
  return waits === true && !(approval && call.callId.startsWith(requestPrefix));
}

type Status = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'cancelled' | 'failed';

/** False if its text was taken back. */
function saysSomething({text, providerMetadata}: OpenItem): boolean {
  return text !== '' || providerMetadata !== undefined;
}

/** @param after the number of the last event that the reader has; nothing is written up to that one */
export function responseEvents(facts: ResponseFacts, after: number = -1): ResponseEvents {
  const {id, model, created, settings, sealsReasoning} = facts;
  const output: JsonObject[] = [];
  /** The first item since the last call. */
  let step = 0;
  let next = 0;
  let status: Status = settings['background'] === true ? 'queued' : 'in_progress';
  let open: OpenItem | undefined;
  /** Sources that came before the message to which they belong. */
  let sources: SourceEvent[] = [];
  /** Sources that messages had first since the last call, by their ids; and the ids of all before them. */
  const given = new Map<string, SourceEvent>();
  const earlier = new Set<string>();
  const citations = placedCitations();
  /** The reasoning items that have metadata. */
  const sealed = new Set<unknown>();
  /** The label of this server's tools, if the model may call them. */
  const label = labelIn(settings);
  /** By their ids, in the order in which the model called them. */
  const openCalls = new Map<string, OpenCall>();
  const requests = new Map<string, string>();
  /** What the model has said since a call that runs. */
  const held: WordsEvent[] = [];
  let usage: JsonObject | null = null;
  let error: JsonObject | null = null;
  let incomplete: JsonObject | null = null;

  const frame = (type: string, fields: JsonObject): string => {
    const number = next++;
    return number > after ? printFrame(type, number, fields) : '';
  };

  const response = (): JsonObject => ({
    id,
    object: 'response',
    created_at: created,
    status,
    error,
    incomplete_details: incomplete,
    model,
    output:
      open && saysSomething(open)
        ? [...output, printItem(open, status === 'in_progress' ? 'in_progress' : 'incomplete')]
        : output,
    usage,
    ...settings,
  });
  const snapshot = () => ({response: response()});

  function printItem({kind, id: itemId, text, annotations, providerMetadata}: OpenItem, state: string): JsonObject {
    if (kind === 'reasoning') {
      return {
        id: itemId,
        type: 'reasoning',
        summary: text === '' ? [] : [{type: 'summary_text', text}],
        ...(sealsReasoning && {encrypted_content: state === 'in_progress' ? null : seal(providerMetadata)}),
      };
    }
    const content = text === '' && annotations.length === 0 ? [] : [printText(text, annotations)];
    return {id: itemId, type: 'message', status: state, role: 'assistant', content};
  }

  function openItem(kind: OpenItem['kind']): string {
    const index = output.length;
    const itemId = outputItemId(kind === 'message' ? 'msg' : 'rs', id, index);
    const type = kind === 'message' ? 'response.output_text.delta' : 'response.reasoning_summary_text.delta';
    const place = kind === 'message' ? '"content_index":0,"logprobs":[]' : '"summary_index":0';
    const beforeDelta = `event: ${type}\ndata: {"type":"${type}","item_id":"${itemId}","output_index":${index},${place},"delta":`;
    open = {kind, id: itemId, index, beforeDelta, text: '', annotations: []};
    const text = frame('response.output_item.added', {output_index: index, item: printItem(open, 'in_progress')});
    const at = {item_id: itemId, output_index: index};
    if (kind === 'reasoning') {
      const part = {type: 'summary_text', text: ''};
      return text + frame('response.reasoning_summary_part.added', {...at, summary_index: 0, part});
    }
    return text + frame('response.content_part.added', {...at, content_index: 0, part: printText('', [])});
  }

  function closeItem(state: 'completed' | 'incomplete' = 'completed'): string {
    if (!open) return '';
    const {kind, id: itemId, index, text: said, annotations, providerMetadata} = open;
    const item = printItem(open, state);
    // Its text was taken back, and none has come in its place.
    if (!saysSomething(open)) {
      open = undefined;
      return '';
    }
    const at = {item_id: itemId, output_index: index};
    let text: string;
    if (kind === 'message') {
      text =
        frame('response.output_text.done', {...at, content_index: 0, text: said, logprobs: []}) +
        frame('response.content_part.done', {...at, content_index: 0, part: printText(said, annotations)});
    } else {
      text =
        frame('response.reasoning_summary_text.done', {...at, summary_index: 0, text: said}) +
        frame('response.reasoning_summary_part.done', {
          ...at,
          summary_index: 0,
          part: {type: 'summary_text', text: said},
        });
    }
    open = undefined;
    output.push(item);
    if (providerMetadata) sealed.add(itemId);
    return text + frame('response.output_item.done', {output_index: index, item});
  }

  function encodeDelta(kind: OpenItem['kind'], delta: string): string {
    let text = '';
    // Reasoning with metadata is complete.
    if (open?.kind !== kind || open.providerMetadata) text = closeItem() + openItem(kind);
    if (!open) return text;
    if (sources.length > 0) text += giveSources();
    open.text += delta;
    const number = next++;
    return number > after
      ? `${text}${open.beforeDelta}${JSON.stringify(delta)},"sequence_number":${number}}\n\n`
      : text;
  }

  function giveSources(): string {
    if (open?.kind !== 'message') return '';
    let text = '';
    for (const source of sources) text += annotate(open, source, {start: 0, end: 0});
    sources = [];
    return text;
  }

  function annotate(item: OpenItem, source: SourceEvent, {start, end: until}: {start: number; end: number}): string {
    const {id: sourceId, url, title} = source;
    if (url === undefined) return '';
    const annotation = {type: 'url_citation', url, title, start_index: start, end_index: until};
    const place = {item_id: item.id, output_index: item.index, content_index: 0};
    const text = frame('response.output_text.annotation.added', {
      ...place,
      annotation_index: item.annotations.length,
      annotation,
    });
    item.annotations.push(annotation);
    if (!earlier.has(sourceId)) given.set(sourceId, source);
    return text;
  }

  /** Writes an item of a call, which is complete; `writePieces` writes the events between its beginning and its end. */
  function pushCall(item: JsonObject, begun: JsonObject, writePieces: (at: JsonObject) => string = () => ''): string {
    const index = output.length;
    const at = {item_id: item['id'], output_index: index};
    const text = frame('response.output_item.added', {output_index: index, item: begun}) + writePieces(at);
    output.push(item);
    step = output.length;
    for (const sourceId of given.keys()) earlier.add(sourceId);
    given.clear();
    return text + frame('response.output_item.done', {output_index: index, item});
  }

  /** A function of the client, which runs it. */
  function encodeFunctionCall({callId, name, providerMetadata, ...input}: ToolCallEvent): string {
    const closing = closeItem();
    const written = inputTextOf(input);
    const call = {
      id: outputItemId('fc', id, output.length),
      type: 'function_call',
      call_id: callId,
      name,
      ...(providerMetadata && {provider_metadata: providerMetadata}),
    };
    const text = pushCall(
      {...call, status: 'completed', arguments: written},
      {...call, status: 'in_progress', arguments: ''},
      (at) =>
        frame('response.function_call_arguments.delta', {...at, delta: written}) +
        frame('response.function_call_arguments.done', {...at, name, arguments: written}),
    );
    return closing + text;
  }

  /** A tool of this server. If it was approved, its id is that of the request. */
  function encodeServerCall({call, result}: OpenCall): string {
    const {callId, name, providerMetadata, ...input} = call;
    const written = inputTextOf(input);
    const value = result?.output ?? null;
    const said = typeof value === 'string' ? value : JSON.stringify(value);
    const how = !result ? 'incomplete' : result.failed ? 'failed' : 'completed';
    const item = {
      id: outputItemId('mcp', id, output.length),
      type: 'mcp_call',
      approval_request_id: callId.startsWith(requestPrefix) ? callId : null,
      name,
      server_label: label ?? '',
      ...(providerMetadata && {provider_metadata: providerMetadata}),
    };
    const failure = {type: 'mcp_tool_execution_error', content: [{type: 'text', text: said}]};
    return pushCall(
      {
        ...item,
        status: how,
        arguments: written,
        error: how === 'failed' ? failure : null,
        output: how === 'completed' ? said : null,
      },
      {...item, status: 'in_progress', arguments: '', error: null, output: null},
      (at) =>
        frame('response.mcp_call.in_progress', at) +
        frame('response.mcp_call_arguments.delta', {...at, delta: written}) +
        frame('response.mcp_call_arguments.done', {...at, arguments: written}) +
        (how === 'incomplete' ? '' : frame(`response.mcp_call.${how}`, at)),
    );
  }

  /** A call that waits for an approval. */
  function encodeRequest({call: {callId, name, providerMetadata, ...input}}: OpenCall): string {
    const item = {
      id: outputItemId('mcpr', id, output.length),
      type: 'mcp_approval_request',
      arguments: inputTextOf(input),
      name,
      server_label: label ?? '',
      ...(providerMetadata && {provider_metadata: providerMetadata}),
    };
    requests.set(item.id, callId);
    return pushCall(item, item);
  }

  /** Writes the calls that have ended, in the order in which the model made them, and then what came meanwhile. */
  function encodeEndedCalls(): string {
    let text = '';
    for (const [callId, each] of openCalls) {
      if (isAsked(each)) continue;
      if (!each.result) return text;
      text += closeItem() + encodeServerCall(each);
      openCalls.delete(callId);
    }
    return text + encodeHeld();
  }

  function encodeHeld(): string {
    let text = '';
    for (const event of held.splice(0)) text += encodeWords(event);
    return text;
  }

  /** Writes what is left of the calls when the answer ends: those that were stopped, and those that wait. */
  function encodeOpenCalls(): string {
    let text = '';
    const left = [...openCalls.values()];
    openCalls.clear();
    for (const each of left) if (!isAsked(each)) text += closeItem() + encodeServerCall(each);
    text += encodeHeld();
    for (const each of left) if (isAsked(each)) text += closeItem() + encodeRequest(each);
    return text;
  }

  /** Follows a call of a tool of this server. It is an item when it is known whether it waits or how it has ended. */
  function followCall(event: ToolEvent): string {
    if (event.type === 'tool-call') {
      openCalls.set(event.callId, {call: event});
      return closeItem();
    }
    const followed = openCalls.get(event.callId);
    if (!followed) return '';
    if (event.type === 'tool-wait') {
      followed.waits = true;
      delete followed.approval;
    } else if (event.type === 'tool-approval') followed.approval = event.approval;
    else followed.result = event;
    return encodeEndedCalls();
  }

  /** As `applyEvent` does: to the last reasoning of this step that has none, else to an empty one. */
  function addMetadata(providerMetadata: ProviderMetadata): string {
    if (open?.kind === 'reasoning' && !open.providerMetadata) {
      open.providerMetadata = providerMetadata;
      return '';
    }
    const last = output.findLastIndex(({type}) => type === 'reasoning');
    const item = output[last];
    if (item && last >= step && !sealed.has(item['id'])) {
      // Its last event is written already; the response has the metadata, too.
      if (sealsReasoning) output[last] = {...item, encrypted_content: seal(providerMetadata)};
      sealed.add(item['id']);
      return '';
    }
    const text = closeItem() + openItem('reasoning');
    if (open) open.providerMetadata = providerMetadata;
    return text + closeItem();
  }

  /**
   * Nothing that is written can be taken back. The events at the end of an item, and the response, have only the text
   * that is left.
   */
  function reset(): void {
    sources = [...given.values(), ...sources];
    given.clear();
    for (const {id: itemId} of output.splice(step)) sealed.delete(itemId);
    if (open?.index === step && !open.providerMetadata) {
      open.text = '';
      open.annotations = [];
    } else open = undefined;
  }

  function end(reason: EndReason): string {
    incomplete = incompleteDetails[reason] ?? null;
    const calls = encodeOpenCalls();
    const text = calls + closeItem(reason === 'stop' || reason === 'tool-calls' ? 'completed' : 'incomplete');
    status = incomplete ? 'incomplete' : reason === 'stopped' ? 'cancelled' : 'completed';
    return text + frame(`response.${status}`, snapshot());
  }

  function encodeOne(event: PlacedEvent): string {
    switch (event.type) {
      case 'tool-call':
        return label === undefined ? encodeFunctionCall(event) : followCall(event);
      case 'tool-wait':
      case 'tool-approval':
      case 'tool-result':
        return followCall(event);
      case 'tool-reply':
      case 'tool-progress':
      case 'logprobs':
        return '';
      case 'message-start': {
        let text = frame('response.created', snapshot());
        if (status === 'queued') text += frame('response.queued', snapshot());
        status = 'in_progress';
        return text + frame('response.in_progress', snapshot());
      }
      case 'usage': {
        const {promptTokens, completionTokens, cachedTokens = 0, cacheWriteTokens, reasoningTokens = 0} = event;
        usage = {
          input_tokens: promptTokens,
          input_tokens_details: {cached_tokens: cachedTokens, cache_write_tokens: cacheWriteTokens},
          output_tokens: completionTokens,
          output_tokens_details: {reasoning_tokens: reasoningTokens},
          total_tokens: promptTokens + completionTokens,
        };
        return '';
      }
      case 'message-end':
        return end(event.reason);
      case 'error': {
        const {type, code} = openaiErrorWords(event.code);
        const {message} = event;
        const text = encodeOpenCalls();
        status = 'failed';
        error = {code, message};
        // Two forms are in use: the fields beside the type, and in an object.
        const told = {code, message, param: null};
        return text + frame('error', {...told, error: {type, ...told}}) + frame('response.failed', snapshot());
      }
      case 'text-delta':
      case 'reasoning-delta':
      case 'source':
      case 'placed-citation':
      case 'reasoning-metadata':
      case 'text-reset':
        // Words that a model says after its calls stand behind them, as they do in the message that is kept.
        if (![...openCalls.values()].some((call) => !isAsked(call))) return encodeWords(event);
        held.push(event);
        return '';
      default:
        event satisfies never;
        return '';
    }
  }

  function encodeWords(event: WordsEvent): string {
    switch (event.type) {
      case 'text-delta':
        return encodeDelta('message', event.delta);
      case 'reasoning-delta':
        return encodeDelta('reasoning', event.delta);
      case 'source':
        sources.push(event);
        return open?.text === '' ? '' : giveSources();
      case 'placed-citation': {
        if (open?.kind !== 'message') return '';
        const {length} = open.text;
        return annotate(open, event.source, {start: startOfCited(open.text, length), end: length});
      }
      case 'reasoning-metadata':
        return addMetadata(event.providerMetadata);
      case 'text-reset':
        reset();
        return '';
      default:
        event satisfies never;
        return '';
    }
  }

  return {
    encode(events) {
      let text = '';
      for (const event of citations.place(events)) text += encodeOne(event);
      return text;
    },
    response,
    requests: () => requests,
    closing: (number) => printFrame(`response.${status}`, number, snapshot()),
  };
}

const incompleteDetails: Partial<Record<EndReason, JsonObject>> = {
  length: {reason: 'max_output_tokens'},
  'content-filter': {reason: 'content_filter'},
};

function printFrame(type: string, number: number, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({type, sequence_number: number, ...fields})}\n\n`;
}

function printText(text: string, annotations: readonly Json[]): JsonObject {
  return {type: 'output_text', text, annotations: [...annotations], logprobs: []};
}

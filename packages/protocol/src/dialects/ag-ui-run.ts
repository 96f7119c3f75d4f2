/**
 * What an agent wants back of a run that it made: its messages under its own ids, the changes of its state, and the
 * questions that it waits for. A conversation keeps it as metadata; nobody but the same kind of agent reads it.
 */
import {asJson, asString, isObject} from '../json.ts';
import type {Json, JsonObject, UncheckedObject} from '../json.ts';

/** A message as AG-UI's clients keep it. */
type Kept = Record<string, Json | undefined> & {readonly id: string};

export class AgUiRunRecord {
  #messages: Kept[] = [];
  /** `{snapshot}` or `{delta}`, in the order in which they came. */
  #changes: JsonObject[] = [];
  #interrupts: JsonObject[] = [];
  #isSigned = false;

  say(role: 'assistant' | 'reasoning', id: string, delta: string): void {
    const message = this.#find(role, id);
    message['content'] = `${asString(message['content']) ?? ''}${delta}`;
  }

  /** As AG-UI's clients do it: a call without a known message is one of its own. */
  call(call: {readonly id: string; readonly name: string; readonly input: string}, parentId: string | undefined): void {
    const message = this.#find('assistant', parentId ?? call.id);
    const calls = Array.isArray(message['toolCalls']) ? message['toolCalls'] : [];
    const {id, name, input} = call;
    message['toolCalls'] = [...calls, {id, type: 'function', function: {name, arguments: input}}];
  }

  result(id: string, toolCallId: string, content: Json): void {
    this.#messages.push({id, role: 'tool', toolCallId, content});
  }

  /** Adds a value that the upstream of the agent wants back with a message or a call. */
  sign(id: string, encryptedValue: string): void {
    this.#isSigned = true;
    for (const message of this.#messages) {
      if (message.id === id) message['encryptedValue'] = encryptedValue;
      const {toolCalls} = message;
      if (!Array.isArray(toolCalls)) continue;
      message['toolCalls'] = toolCalls.map((call) => (isCall(call, id) ? {...call, encryptedValue} : call));
    }
  }

  /** Takes these messages in place of all so far. */
  replace(messages: readonly UncheckedObject[]): void {
    this.#messages = messages.flatMap((message) => {
      const id = asString(message['id']);
      return id === undefined ? [] : [{...asObject(message), id}];
    });
  }

  change(change: JsonObject): void {
    // Nothing before a snapshot matters.
    this.#changes = 'snapshot' in change ? [change] : [...this.#changes, change];
  }

  /** `kept`: at least its `id`. */
  interrupt(kept: JsonObject): void {
    this.#interrupts.push(kept);
  }

  /** Undefined if the agent wants nothing back that the answer itself does not say. */
  toMetadata(): JsonObject | undefined {
    // The next run of a run that waits writes on in the same answer, which then says the words of both.
    const hasMore = this.#messages.length > 1 || this.#isSigned || this.#interrupts.length > 0;
    const metadata = {
      ...(hasMore && this.#messages.length > 0 && {messages: this.#messages}),
      ...(this.#changes.length > 0 && {changes: this.#changes}),
    };
    return Object.keys(metadata).length === 0 ? undefined : metadata;
  }

  /** What the run waits for: the end of all that it has said. Undefined if it waits for nothing. */
  toOpenQuestions(): JsonObject | undefined {
    return this.#interrupts.length === 0 ? undefined : {interrupts: this.#interrupts};
  }

  #find(role: string, id: string): Kept {
    const known = this.#messages.find((message) => message.id === id && message['role'] === role);
    if (known !== undefined) return known;
    const message: Kept = {id, role};
    this.#messages.push(message);
    return message;
  }
}

function isCall(value: Json, id: string): value is JsonObject {
  return isObject(value) && value['id'] === id;
}

function asObject(value: UncheckedObject): JsonObject {
  const checked = asJson(value);
  return isObject(checked) ? checked : {};
}

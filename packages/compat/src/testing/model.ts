/**
 * A well-behaved model behind OpenAI's API: it repeats the question word by word, and obeys the request's options
 * (tools, stop sequences, longest answer). Deterministic, so that two answers can be compared.
 */
import {z} from 'zod';
import {type Script, delta, done} from '../../../server/src/testing/upstream.ts';

const content = z
  .union([z.string(), z.array(z.looseObject({type: z.string(), text: z.string().optional()}))])
  .nullish();

const request = z.looseObject({
  messages: z.array(z.looseObject({role: z.string(), content})),
  max_tokens: z.number().optional(),
  max_completion_tokens: z.number().optional(),
  stop: z.union([z.string(), z.array(z.string())]).optional(),
  tools: z.array(z.looseObject({function: z.looseObject({name: z.string()})})).optional(),
  tool_choice: z.unknown().optional(),
  response_format: z.looseObject({type: z.string()}).optional(),
});

/** The input of the tool call, in pieces as models write it. */
export const toolInput = {location: 'San Francisco'};

export const thought = 'Let me see. ';

/** The answer if JSON was asked for. */
export const structuredAnswer = '{"answer": 42}';

export const wellBehavedModel: Script = async (exchange) => {
  const {
    messages,
    tools = [],
    tool_choice: choice,
    response_format: format,
    stop,
    ...asked
  } = request.parse(exchange.body);
  const last = messages.at(-1);
  const question = contentText(last?.content);
  const promptTokens = messages.reduce((sum, message) => sum + splitIntoTokens(contentText(message.content)).length, 0);

  const [tool] = tools;
  if (tool && choice !== 'none' && last?.role === 'user' && /weather/i.test(question)) {
    const [first, second, ...rest] = JSON.stringify(toolInput).split(/(?<=:)/);
    await exchange.write(chunk({role: 'assistant', content: null, tool_calls: [call(tool.function.name)]}));
    for (const piece of [first, second, rest.join('')]) await exchange.write(chunk({tool_calls: [more(piece ?? '')]}));
    exchange.end(chunk({}, 'tool_calls') + usage(promptTokens, 5) + mark);
    return;
  }

  if (/^think/i.test(question)) await exchange.write(chunk({reasoning_content: thought}));
  const whole =
    format && format.type !== 'text' ? structuredAnswer : last?.role === 'tool' ? `It says: ${question}` : question;
  const words = splitIntoTokens(beforeStop(whole, stop));
  const most = asked.max_completion_tokens ?? asked.max_tokens ?? Infinity;
  const said = words.slice(0, most);
  for (const word of said) await exchange.write(delta(word));
  if (said.length === words.length) exchange.end(done({prompt: promptTokens, completion: said.length}));
  else exchange.end(chunk({}, 'length') + usage(promptTokens, said.length) + mark);
};

function contentText(sent: z.infer<typeof content>): string {
  if (typeof sent === 'string') return sent;
  return (sent ?? []).map(({text = ''}) => text).join('');
}

/** A token is a word with the space before it. */
function splitIntoTokens(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

function beforeStop(text: string, stop: string | readonly string[] = []): string {
  const ends = [stop].flat().map((sequence) => text.indexOf(sequence));
  return text.slice(0, Math.min(text.length, ...ends.filter((end) => end >= 0)));
}

function call(name: string) {
  return {index: 0, id: 'call_1', type: 'function', function: {name, arguments: ''}};
}

function more(piece: string) {
  return {index: 0, function: {arguments: piece}};
}

const mark = 'data: [DONE]\n\n';

function chunk(fields: object, reason: string | null = null): string {
  return frame({choices: [{index: 0, delta: fields, finish_reason: reason}]});
}

function usage(prompt: number, completion: number): string {
  return frame({choices: [], usage: {prompt_tokens: prompt, completion_tokens: completion}});
}

function frame(fields: object): string {
  const head = {id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm'};
  return `data: ${JSON.stringify({...head, ...fields})}\n\n`;
}

/** An answer that calls a tool, whatever was asked. */
export function callsTool(
  name: string,
  input: object,
  id = 'call_2',
  {fields = {}, reasoning = ''}: {fields?: object; reasoning?: string} = {},
): Script {
  return (exchange) => {
    const called = {...fields, index: 0, id, type: 'function', function: {name, arguments: JSON.stringify(input)}};
    const thinking = reasoning === '' ? '' : chunk({reasoning_content: reasoning});
    exchange.end(thinking + chunk({tool_calls: [called]}) + chunk({}, 'tool_calls') + usage(7, 5) + mark);
  };
}

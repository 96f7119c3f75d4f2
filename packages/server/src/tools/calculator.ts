/** A tool that calculates. The expression is parsed and never run as code. */
import {ChatError} from '@chatlet/protocol';
import type {Parser, ParserOptions} from 'expr-eval-fork';
import {z} from 'zod';
import type {Tool} from '../engine/tool.ts';
import {defineTool} from './define-tool.ts';

const options: ParserOptions = {
  allowMemberAccess: false,
  operators: {
    assignment: false,
    fndef: false,
    in: false,
    logical: false,
    comparison: false,
    conditional: false,
    concatenate: false,
  },
};
let loading: Promise<Parser> | undefined;

/** At the first calculation. */
async function loadParser(): Promise<Parser> {
  const {Parser} = await import('expr-eval-fork');
  return new Parser(options);
}

/** Signs that people write. */
const signs: Readonly<Record<string, string>> = {'×': '*', '·': '*', '÷': '/', ':': '/', '−': '-', '–': '-', '**': '^'};

/** Digits that a double holds for certain, so that 0.1 + 0.2 is 0.3. */
const certainDigits = 15;

/** Creates a tool that calculates an expression. Nothing is run as code. */
export function calculator(): Tool {
  return defineTool({
    name: 'calculator',
    description:
      'Calculates an expression exactly. Use it for every calculation with more than one step or large numbers. ' +
      'Operators: + - * / % ^ ! and parentheses; functions such as sqrt, abs, round, min, max, ln, log10, sin; PI, E.',
    input: z.object({expression: z.string().min(1).max(1000).describe('Such as (12.5 + 7) * 3 ^ 2')}),
    annotations: {readOnlyHint: true},
    run: async ({expression}) => {
      loading ??= loadParser();
      return {expression, result: calculate(expression, await loading)};
    },
  });
}

/** @throws ChatError `invalid-request` if it is no expression, or has no finite result */
function calculate(expression: string, parser: Parser): number {
  const text = expression.replaceAll(/\*\*|[×·÷:−–]/g, (sign) => signs[sign] ?? sign);
  let result: unknown;
  try {
    result = parser.evaluate(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChatError('invalid-request', `The expression cannot be calculated: ${reason}`, {cause});
  }
  if (typeof result === 'number' && Number.isFinite(result)) return Number(result.toPrecision(certainDigits));
  throw new ChatError('invalid-request', 'The expression has no finite number as its result.');
}

/** An answer as the APIs of models want it back: one step for each time that the model was asked. Knows no API. */
import type {Json, Message, ToolPart} from '@chatlet/protocol';

/** A call with its result. Without a result nobody may send it: models' APIs refuse that. */
export interface EndedCall extends ToolPart {
  readonly output: Json;
}

/** The text of the model, then the tools that it called. */
export interface Step {
  readonly text: string;
  readonly calls: readonly EndedCall[];
}

/** Splits an answer where its text goes on after a call. Calls without a result are left out, and so are empty steps. */
export function toSteps({parts}: Pick<Message, 'parts'>): readonly Step[] {
  const steps: Step[] = [];
  let step: Step = {text: '', calls: []};
  for (const part of parts) {
    if (part.type === 'text') {
      if (step.calls.length > 0) {
        steps.push(step);
        step = {text: '', calls: []};
      }
      step = {...step, text: step.text + part.text};
    } else if (part.type === 'tool' && part.output !== undefined) {
      step = {...step, calls: [...step.calls, {...part, output: part.output}]};
    }
  }
  return [...steps, step].filter(({text, calls}) => text !== '' || calls.length > 0);
}

/** A result as text, which is all that most APIs take. */
export function outputText({output}: EndedCall): string {
  return typeof output === 'string' ? output : JSON.stringify(output);
}

/** The base64 of a `data:` URL; undefined for other URLs. */
export function base64Of(url: string): string | undefined {
  return /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1];
}

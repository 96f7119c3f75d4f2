/** The steps of an answer before its words, each in a line that unfolds: thoughts, and calls of tools. Fetched with the first. */
import {html, nothing} from 'lit';
import type {TemplateResult} from 'lit';
import type {ReasoningPart, ToolPart} from '@chatlet/protocol';
import type {ShownMessage} from '../../client/chat-state.ts';
import {draw} from '../../styles/icons.ts';
import {moreIcon} from '../../styles/more-icons.ts';
import {guessLanguage} from '../../translations/guess-language.ts';
import type {Words} from '../../translations/words.ts';
import {makeStyles} from '../make-element.ts';
import {stepsStyles} from './steps.styles.ts';

/** The message around a step, and whether it is the last one. */
interface StepsHost {
  readonly message: ShownMessage | undefined;
  readonly words: Words;
  readonly last: boolean;
}

const chevron = draw('<path d="m9 6 6 6-6 6"/>');
const wrench = draw('<path d="M14 6a5 5 0 0 0-6.5 6.3L3 17l4 4 4.7-4.5A5 5 0 0 0 18 10l-3 2-3-3z"/>');

export const putStyles = makeStyles(stepsStyles);

/** `growing`: more of the thoughts may follow. */
export function reasoningTemplate({words, message}: StepsHost, part: ReasoningPart, growing: boolean): TemplateResult {
  // A thought of an instant took no time worth telling.
  const thoughtFor = message?.thoughtFor ?? 0;
  const title = growing ? words.thinking : thoughtFor > 1 ? words.thoughtFor(thoughtFor) : words.thought;
  return html`<details class="reasoning" part="reasoning">
    <summary class=${growing ? 'lively' : ''}>${chevron}${title}</summary>
    <div class="thoughts" dir="auto" lang=${guessLanguage(part.text, words.language) ?? nothing}>
      <span class="words">${part.text.trim()}</span>
    </div>
  </details>`;
}

function progressOf({state, wait}: ToolPart, {last, isAnswering}: {last: boolean; isAnswering: boolean}) {
  if (state === 'waiting' && wait) {
    // Nobody can answer any more when the chat has gone on.
    if (!last) return 'expired';
    return wait.ask === 'page' ? 'running' : 'waiting';
  }
  // A call that has no result when the answer ends gets none any more.
  return state === 'running' && !isAnswering ? 'unanswered' : state;
}

export function toolTemplate({words, message, last}: StepsHost, part: ToolPart): TemplateResult {
  const looks = {
    expired: {name: words.toolExpired, sign: html`${words.toolExpired}`},
    waiting: {name: words.toolWaiting, sign: html`${words.toolWaiting}`},
    running: {name: words.toolRunning, sign: html`<i class="pulse"></i>`},
    done: {name: words.toolDone, sign: moreIcon('check')},
    failed: {name: words.toolFailed, sign: moreIcon('alert')},
    unanswered: {name: words.toolUnanswered, sign: html`${words.toolUnanswered}`},
  };
  const progress = progressOf(part, {last, isAnswering: message?.status === 'answering'});
  const {name, sign} = looks[progress];
  return html`<details class="tool" part="tool">
    <summary>
      ${wrench}
      <span class="tool-name"><b>${part.name}</b>${printProgress(part) || summarizeInput(part.input)}</span>
      <span class="tool-state ${progress}" role="img" aria-label=${name}>${sign}</span>
    </summary>
    <dl>
      <dt>${words.toolInput}</dt>
      <dd><pre tabindex="0" dir="ltr">${formatJson(part.input)}</pre></dd>
      ${
        part.output === undefined
          ? nothing
          : html`<dt>${words.toolOutput}</dt>
              <dd><pre tabindex="0" dir="ltr">${formatJson(part.output)}</pre></dd>`
      }
    </dl>
  </details>`;
}

/** How far a running call is: ` · Reading page 3 · 30 %`. */
function printProgress(part: ToolPart): string {
  if (part.state !== 'running' || !part.progress) return '';
  const {done, total, message} = part.progress;
  const share = total ? `${Math.min(100, Math.round((100 * done) / total))} %` : message ? '' : String(done);
  return ['', message, share].filter((text) => text !== undefined).join(' · ');
}

/** The values of a tool's input in a line: ` · San Francisco, Oslo`. */
function summarizeInput(input: unknown): string {
  const values = typeof input === 'object' && input !== null ? Object.values(input) : [input];
  const words = values
    .flat()
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .join(', ');
  return words === '' ? '' : ` · ${words.length > 80 ? `${words.slice(0, 79)}…` : words}`;
}

function formatJson(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

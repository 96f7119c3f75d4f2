/**
 * Finds an error that an upstream sends in the place of a chunk, or of a whole answer, in shapes of its own: without
 * `error`, or with `error: true`. Only for what is no answer: a sentence in `message` may be one elsewhere.
 */
import {type ForeignError, findError} from '../../foreign-error.ts';
import {asString, isObject} from '../../json.ts';
import type {UncheckedObject} from '../../json.ts';

/** Undefined if the object has no field that only an error has. */
export function findPlainError(value: UncheckedObject): ForeignError | undefined {
  const error = plainErrorIn(value);
  return error && findError({error});
}

function plainErrorIn(value: UncheckedObject): UncheckedObject | undefined {
  const {base_resp: status, error_code: code, error_msg: sentence, detail, errors} = value;
  // MiniMax: every answer has the object, with the code 0 if all is well.
  if (isObject(status) && status['status_code'] !== 0) return told(status['status_msg']);
  // Qianfan.
  if (code !== undefined && code !== 0) return told(sentence);
  const flagged = value['error'] === true || value['success'] === false;
  const message = asString(value['message']);
  if (message && (flagged || namesError(value))) return {...value, error: undefined};
  // FastAPI, whose checks of a body give a list; Workers AI.
  return (Object.keys(value).length === 1 ? told(detail) : undefined) ?? told(errors);
}

/** Whether `code` or `type` is that of an error, as DashScope and engines have it: other events have a type and a message, too. */
function namesError({code, type}: UncheckedObject): boolean {
  if (typeof code === 'number') return code >= 400;
  const words = [code, type].filter((word) => typeof word === 'string').join(' ');
  return /error|exception|invalid|internal|exceed|limit|quota|overload|unavailable|timeout|denied|unauthorized/i.test(
    words,
  );
}

/** An error with this sentence, or with the first one of a list. */
function told(value: unknown): UncheckedObject | undefined {
  if (typeof value === 'string') return value === '' ? undefined : {message: value};
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  if (typeof first === 'string') return told(first);
  if (!isObject(first)) return undefined;
  const message = asString(first['message']) ?? asString(first['msg']);
  return message ? {...first, message} : undefined;
}

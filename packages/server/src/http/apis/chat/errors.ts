/** Errors of `/api/chat`, as clients of typed events and of the AI SDK read them. */
import {typedErrorCode} from '@chatlet/protocol';
import {type ErrorPrinter, printError} from '../../response/errors.ts';

/** Our own body, but with its codes in capitals. */
export const printCapitalError: ErrorPrinter = (error) => {
  const {status, body} = printError(error);
  const code = typedErrorCode(error.code);
  return {status: error.code === 'context-too-long' ? 413 : status, body: {...body, code}};
};

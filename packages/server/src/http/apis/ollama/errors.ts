/** Prints errors in Ollama's form. */
import type {ErrorPrinter} from '../../response/errors.ts';

export const printOllamaError: ErrorPrinter = ({status, message}) => ({status, body: {error: message}});

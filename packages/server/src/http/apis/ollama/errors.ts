/** Prints errors in Ollama's form. */
import type {ErrorPrinter} from '../../response/errors.ts';

export const printOllamaError: ErrorPrinter = ({status, message}) => ({status, body: {error: message}});

export const ollamaIsOff =
  'Ollama’s API is off here: the operator sets "ollama": true in the configuration of the server.';

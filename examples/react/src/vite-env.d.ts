/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The address of the Chatlet server. Default: http://localhost:8000. */
  readonly VITE_CHATLET_ENDPOINT?: string;
}

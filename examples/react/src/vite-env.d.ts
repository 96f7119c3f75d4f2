/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the Chatlet server is; http://localhost:8000 where it is not set. */
  readonly VITE_CHATLET_ENDPOINT?: string;
}

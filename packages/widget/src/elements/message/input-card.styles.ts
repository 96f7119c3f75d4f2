/** The styles of the card that asks for a form or an address, beyond those of all cards. */
export const inputCardStyles = `
  .approval .message {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  .approval .address {
    overflow-wrap: anywhere;
    text-align: start;
    color: var(--_muted);
    font-size: 0.9em;
  }

  .approval .address b {
    color: var(--_text, inherit);
  }

  .approval .hint {
    color: var(--_muted);
    font-size: 0.9em;
  }

  .approval a.button {
    text-decoration: none;
    overflow-wrap: anywhere;
  }

  .approval fieldset {
    margin: 0 0 10px;
    padding: 0;
    border: 0;
  }

  .approval legend {
    padding: 0;
    color: var(--_muted);
    font-size: 0.9em;
  }

  .approval label:has([aria-invalid='true']) input,
  .approval [aria-invalid='true'] {
    border-color: light-dark(#b3261e, #ff9a90);
  }

  .approval .box {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    min-block-size: 32px;
    margin-block-end: 6px;
    color: inherit;
    font-size: 1em;
  }

  .approval .box input {
    inline-size: 18px;
    min-block-size: 18px;
    margin: 0;
    accent-color: var(--_accent);
  }

  .approval .hint:empty,
  .approval span.warning:empty {
    display: none;
  }

  .approval span.warning {
    display: block;
    margin-block-start: 4px;
  }

  @media (pointer: coarse) {
    .approval .box {
      min-block-size: 44px;
    }
  }
`;

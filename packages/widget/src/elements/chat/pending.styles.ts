/** The looks of what waits under the conversation. */
export const pendingStyles = /* css */ `
  .pending {
    display: grid;
    gap: 8px;
  }

  .stall {
    display: flex;
    align-items: center;
    gap: 10px;
    min-block-size: 24px;
    color: var(--_muted);
    font-size: calc(13 * var(--_px));
    transition: opacity 150ms;
    animation: fade 300ms ease-out;
  }

  .stall.over {
    visibility: hidden;
    opacity: 0;
  }

  .stall button {
    min-block-size: 24px;
    color: var(--_link);
    text-decoration: underline;
    text-underline-offset: 2px;
  }

  .queue {
    display: grid;
    gap: 8px;
    justify-items: end;
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .queue li {
    display: flex;
    align-items: center;
    gap: 2px;
    max-inline-size: 100%;
  }

  .queued {
    min-inline-size: 0;
    padding: 8px 13px;
    border: 1px dashed var(--_control-line);
    border-radius: 16px;
    border-end-end-radius: 5px;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }

  .queued span {
    display: -webkit-box;
    overflow: hidden;
    white-space: pre-wrap;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 4;
  }

  .queued b {
    font-size: calc(12 * var(--_px));
    font-weight: 600;
  }

  .queue .icon-button {
    inline-size: 28px;
    block-size: 28px;
  }

  .queue .icon {
    inline-size: 16px;
    block-size: 16px;
  }

  .queue-note {
    display: flex;
    align-items: center;
    justify-content: end;
    gap: 10px;
    margin: 0;
    color: var(--_muted);
    font-size: calc(13 * var(--_px));
  }

  @media (pointer: coarse) {
    .stall button,
    .queue .icon-button {
      min-inline-size: 44px;
      min-block-size: 44px;
    }
  }
`;

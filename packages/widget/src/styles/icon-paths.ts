/** The paths of the icons that are needed without Lit, each in a box of 24 by 24. */
export const iconPaths = {
  chat: 'M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5Z',
  close: 'M6 6l12 12M18 6 6 18',
} as const;

export const editPath = 'M4 20h4L19 9l-4-4L4 16z';

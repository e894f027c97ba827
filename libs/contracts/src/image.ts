import { defineTask } from '@sunbeon/core';

/** Makes a thumbnail of a photograph on disk. Tasks for the same source run one at a time. */
export const imageThumbnail = defineTask({
  name: 'image.thumbnail',
  queue: 'images',
  input: {
    type: 'record',
    name: 'Thumbnail',
    namespace: 'sunbeon.image',
    fields: [
      { name: 'source', type: 'string', doc: 'path of the photograph' },
      { name: 'target', type: 'string', doc: 'path of the JPEG to write' },
      { name: 'width', type: 'int', default: 256, doc: 'pixels; the height keeps the proportion' },
    ],
  },
  output: {
    type: 'record',
    name: 'ThumbnailMade',
    namespace: 'sunbeon.image',
    fields: [
      { name: 'target', type: 'string' },
      { name: 'width', type: 'int' },
      { name: 'height', type: 'int' },
      { name: 'bytes', type: 'int' },
    ],
  },
  key: ({ source }) => source,
  retry: { delaysMs: [500, 2_000] },
  concurrency: 4, // scaling is work for a core, not waiting
});

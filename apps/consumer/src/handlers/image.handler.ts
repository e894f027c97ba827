import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Injectable } from '@nestjs/common';
import { imageThumbnail } from '@sunbeon/contracts';
import { Bury, type OutputOf, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import sharp from 'sharp';

@Injectable()
export class ImageHandler {
  @Handles(imageThumbnail)
  async thumbnail({
    source,
    target,
    width,
  }: PayloadOf<typeof imageThumbnail>): Promise<OutputOf<typeof imageThumbnail>> {
    await mkdir(dirname(target), { recursive: true });
    // Written aside and renamed: whoever sees the target sees it whole, also after a kill.
    const draft = `${target}.${randomUUID()}.part`;
    try {
      const made = await sharp(source, { failOn: 'truncated' })
        .resize({ width, withoutEnlargement: true })
        .jpeg()
        .toFile(draft);
      await rename(draft, target);
      return { target, width: made.width, height: made.height, bytes: made.size };
    } catch (error) {
      throw isNoImage(error) ? new Bury(`${source} is not an image`, { cause: error }) : error;
    } finally {
      await rm(draft, { force: true });
    }
  }
}

/** No retry makes an image of what is none. A file that ends too early may still be being written, so that one is retried. */
function isNoImage(error: unknown): boolean {
  return error instanceof Error && error.message.includes('unsupported image format');
}

// node scripts/compare-images.ts ONE OTHER: lists in what two OCI archives of images differ, if they do.
import { isDeepStrictEqual } from 'node:util';
import { type ImageArchive, type LayerFile, readArchive, readLayer } from './image-archive.ts';

/** Returns a line for each difference: nothing, if the images are the same in every byte. */
export async function compareImages(one: string, other: string): Promise<string[]> {
  const [a, b] = await Promise.all([readArchive(one), readArchive(other)]);
  const lines = compareConfigs(a, b);
  for (const [index, layer] of a.layers.entries()) {
    const counterpart = b.layers[index];
    if (counterpart === undefined || counterpart.digest === layer.digest) continue;
    const [files, others] = await Promise.all([
      readLayer(one, layer),
      readLayer(other, counterpart),
    ]);
    const differences = compareFiles(files, others);
    // The same files in another order, or packed in another way.
    const told = differences.length === 0 ? ['the archive'] : differences;
    lines.push(...told.map((difference) => `layer ${index + 1}: ${difference}`));
  }
  return lines;
}

function compareConfigs(a: ImageArchive, b: ImageArchive): string[] {
  const layers =
    a.layers.length === b.layers.length ? [] : [`${a.layers.length} and ${b.layers.length} layers`];
  const names = new Set([...Object.keys(a.config), ...Object.keys(b.config)]);
  // It lists the digests of the layers, which are told by what is in them.
  names.delete('rootfs');
  const one = new Map(Object.entries(a.config));
  const other = new Map(Object.entries(b.config));
  const different = [...names].filter((name) => !isDeepStrictEqual(one.get(name), other.get(name)));
  return [...layers, ...different.map((name) => `configuration: ${name}`)];
}

function compareFiles(a: Map<string, LayerFile>, b: Map<string, LayerFile>): string[] {
  const names = [...new Set([...a.keys(), ...b.keys()])].toSorted();
  return names.flatMap((name) => {
    const [one, other] = [a.get(name), b.get(name)];
    if (one === undefined || other === undefined) {
      return [`${name}: only in the ${one === undefined ? 'second' : 'first'}`];
    }
    const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
    const values = [new Map<string, unknown>(Object.entries(one)), new Map(Object.entries(other))];
    const different = [...fields].filter(
      (field) => !isDeepStrictEqual(values[0]?.get(field), values[1]?.get(field)),
    );
    return different.length === 0 ? [] : [`${name}: ${different.join(', ')}`];
  });
}

if (import.meta.main) {
  const [one = '', other = ''] = process.argv.slice(2);
  const differences = await compareImages(one, other);
  for (const difference of differences) console.log(difference);
  process.exitCode = differences.length === 0 ? 0 : 1;
}

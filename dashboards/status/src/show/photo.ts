// A photo small enough to be sent from a stairwell.

/** What is smaller is sent as it is. */
const SMALL_BYTES = 1_000_000;
/** Enough to read a meter by. */
const LONGEST_PIXELS = 2_048;
const QUALITY = 0.82;

/** The picture with its longer side at most 2,048 pixels; itself where it is small, or this browser cannot make it smaller. */
export async function shrunk(file: File): Promise<Blob> {
  if (file.size <= SMALL_BYTES || typeof createImageBitmap !== "function") return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_PIXELS / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise<Blob | null>((say) => canvas.toBlob(say, "image/jpeg", QUALITY));
    return made !== null && made.size < file.size ? made : file;
  } catch {
    return file; // the gateway says what is wrong with it
  }
}

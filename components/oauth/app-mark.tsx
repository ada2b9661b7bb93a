import { TagMark } from '@/components/ui/tag'

/** An app's own picture, or its letter mark. */
export function AppMark({ name, logo }: { name: string; logo: string | null }) {
  if (!logo) return <TagMark name={name} size="lg" />
  // biome-ignore lint/performance/noImgElement: served by ourselves as it is; the image optimizer is off
  return <img src={logo} alt="" width={48} height={48} className="size-12 rounded-control" />
}

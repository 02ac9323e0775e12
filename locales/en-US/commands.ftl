# Names (name-...) and descriptions of commands and options, as Discord lists them.
# Names: lower case, no blanks, 1-32 characters. Descriptions: 1-100 characters.

name-video = video
name-image = image
name-queue = queue
name-cancel = cancel
name-about = about
name-settings = settings
name-namespace = namespace
name-show = show
name-prompt = prompt
name-model = model
name-duration = duration
name-aspect_ratio = aspect_ratio
name-seed = seed
name-count = count
name-audio = audio
name-scope = scope
name-mine = mine
name-server = server
name-generation = generation
name-name = name

command-video = Order a video; it is posted here when it is ready
command-image = Order images; they are posted here when they are ready
command-queue = See what is being made for this server
command-cancel = Stop one of your generations
command-about = What Drover is, and how to use it
command-settings = How Drover works in this server
command-settings-namespace = Set the Oxen.ai namespace that pays for this server
command-settings-show = Show this server's settings

option-video-prompt = What the video should show
option-image-prompt = What the image should show
option-model = Which model makes it; leave it out for the usual one
option-duration = Length in seconds
option-aspect-ratio = Shape, for example 16:9 or 9:16
option-seed = Same seed, same settings: a similar result
option-count = How many to make
option-audio = With sound, if the model can
option-scope = Only yours, or everything in this server
option-generation = The generation to stop
option-namespace = The namespace's name on Oxen.ai

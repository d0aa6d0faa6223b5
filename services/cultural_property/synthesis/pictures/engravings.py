"""Draws engravings: a motif in tones, rendered by crossed hatching on paper, as plates of one series are."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from services.cultural_property.synthesis.pictures.hands import Gray, Hand, grained, noise


def draw_engraving(hand: Hand) -> Image.Image:
    """Return an engraving."""
    tones = _tones(hand)
    ink = np.zeros_like(tones)
    period, waves = hand.own.uniform(5, 8), 3 * noise(hand.detail, hand.width, hand.height, 6, 2)
    down, across = np.mgrid[0 : hand.height, 0 : hand.width].astype(np.float32)
    for number, angle in enumerate((0.6, -0.7, 1.5)):
        lines = (across * np.cos(angle) + down * np.sin(angle)) / period + waves * hand.own.uniform(0.2, 0.6)
        depth = tones * 1.6 - 0.45 * number
        ink = np.maximum(ink, (np.abs((lines % 1) - 0.5) * 2 < np.clip(depth, 0, 0.9)).astype(np.float32))
    paper = np.array(hand.own.choice(((238, 229, 205), (244, 240, 228), (228, 214, 182))), np.float32)
    pixels = paper * (1 - 0.85 * ink[:, :, np.newaxis])
    image = Image.fromarray(pixels.astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    ImageDraw.Draw(image).rectangle((6, 6, hand.width - 7, hand.height - 7), outline=(40, 36, 30))
    return grained(image, hand.detail, 5)


def _tones(hand: Hand) -> Gray:
    """Return how dark each place of the motif is, from 0 to 1."""
    image = Image.new("L", (hand.width, hand.height), 40)
    draw = ImageDraw.Draw(image)
    for number in range(hand.motif.randint(7, 13)):
        x, y = hand.place(0.04)
        half, tall = hand.length(0.04, 0.16), hand.length(0.04, 0.2)
        dark = min(250, max(0, hand.motif.randint(20, 240) + hand.detail.randint(-20, 20)))
        box = (x - half, y - tall, x + half, y + tall)
        if number % 3 == 0:
            draw.rectangle(box, fill=dark, outline=250)
        elif number % 3 == 1:
            draw.ellipse(box, fill=dark, outline=250)
        else:
            draw.polygon([(x - half, y + tall), (x, y - tall), (x + half, y + tall)], fill=dark, outline=250)
    for _ in range(hand.detail.randint(12, 22)):
        x, y = hand.detail.random() * hand.width, hand.detail.random() * hand.height
        draw.line((x, y, x + hand.detail.randint(-25, 25), y + hand.detail.randint(-25, 25)), fill=230, width=2)
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(1.5)), np.float32) / 255
    return np.clip(soft + 0.25 * (noise(hand.detail, hand.width, hand.height, 4) - 0.5), 0, 1)

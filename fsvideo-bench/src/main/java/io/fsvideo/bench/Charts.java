package io.fsvideo.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.style.Styler;

/** Bars of what was measured, of the best peer and of the ceiling, in per cent of the ceiling. */
final class Charts {
    private static final int WIDTH = 1400;
    private static final int HEIGHT = 600;
    private static final int UPRIGHT = 90;
    private static final double CEILING = 100;
    /** Small operations in caches would dwarf all others. */
    private static final double MOST = 150;

    private Charts() {}

    /** One chart per dtype, of the work that another library was measured at. */
    static List<Path> write(Path folder, List<Standing> standings) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String dtype : List.of("F32", "BF16")) {
            List<Standing> shown = standings.stream()
                    .filter(s -> s.ours().dtype().equals(dtype) && s.peer() != null && !Double.isNaN(s.ceiling()))
                    .toList();
            if (!shown.isEmpty()) {
                Path file = folder.resolve("chart-" + dtype + ".png");
                BitmapEncoder.saveBitmap(chart(dtype, shown), file.toString(), BitmapEncoder.BitmapFormat.PNG);
                files.add(file);
            }
        }
        return files;
    }

    private static CategoryChart chart(String dtype, List<Standing> shown) {
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(dtype + ": per cent of the ceiling that binds")
                .build();
        chart.getStyler().setXAxisLabelRotation(UPRIGHT);
        // Else every second name is left out; XChart refuses one.
        chart.getStyler().setXAxisMaxLabelCount(Math.max(2, shown.size()));
        chart.getStyler().setMarkerSize(0);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
        List<String> names = shown.stream()
                .map(s ->
                        s.ours().bench().replaceFirst("Bench$", " ") + s.ours().shape())
                .toList();
        chart.addSeries(
                "FSVideo", names, shown.stream().map(s -> share(s, s.ours())).toList());
        chart.addSeries(
                "best peer", names, shown.stream().map(s -> share(s, s.peer())).toList());
        chart.addSeries("ceiling", names, shown.stream().map(s -> CEILING).toList())
                .setChartCategorySeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Line);
        return chart;
    }

    private static double share(Standing s, Measured by) {
        return Math.min(MOST, CEILING * s.ceiling() / by.seconds());
    }
}
